"""What a receipt says and which number it gets, from the books as they stood when the payment was placed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id

_FACTS = """
SELECT p.id AS payment_id, p.gateway_account, p.gateway_payment_id, p.method, p.currency, p.amount_minor,
  coalesce(p.occurred_at, p.created_at) AS paid_at, c.name AS customer_name, c.external_ref AS customer_ref, c.locale
FROM payments p JOIN customers c ON c.id = p.customer_id
WHERE p.id = ANY(:payment_ids) AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id) ORDER BY p.applied_seq
"""
_LINES = """
WITH shares AS (
  SELECT l.invoice_line_id, p.applied_seq, l.payment_id,
    sum(CASE WHEN l.account = 'receivable' THEN -l.amount_minor ELSE l.amount_minor END)::bigint AS minor
  FROM ledger_lines l JOIN payments p ON p.id = l.payment_id
  WHERE l.invoice_line_id IN (
    SELECT id FROM invoice_lines WHERE invoice_id IN (
      SELECT t.invoice_id FROM ledger_lines k JOIN invoice_lines t ON t.id = k.invoice_line_id
      WHERE k.payment_id = ANY(:payment_ids)))
  GROUP BY 1, 2, 3)
SELECT p.id AS payment_id, i.number AS invoice_number, l.component, l.gross_minor AS due_minor,
  coalesce(sum(s.minor) FILTER (WHERE s.applied_seq < p.applied_seq), 0)::bigint AS before_minor,
  coalesce(sum(s.minor) FILTER (WHERE s.payment_id = p.id), 0)::bigint AS now_minor
FROM payments p
JOIN LATERAL (
  SELECT DISTINCT t.invoice_id FROM ledger_lines k JOIN invoice_lines t ON t.id = k.invoice_line_id
  WHERE k.payment_id = p.id) touched ON true
JOIN invoices i ON i.id = touched.invoice_id
JOIN invoice_lines l ON l.invoice_id = i.id
LEFT JOIN shares s ON s.invoice_line_id = l.id
WHERE p.id = ANY(:payment_ids)
GROUP BY p.id, i.number, i.opened_seq, l.id
ORDER BY i.opened_seq, l.priority, l.position
"""
_TAKE_NUMBERS = """
INSERT INTO document_series AS s (id, entity, kind, prefix, fiscal_year, next_seq)
VALUES (:id, :entity, :kind, :prefix, :fiscal_year, 1 + :count)
ON CONFLICT (entity, kind, prefix, fiscal_year) DO UPDATE SET next_seq = s.next_seq + :count
RETURNING id, next_seq - :count
"""


def unreceipted(session: Session, payment_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Payments of these that have no receipt yet, with what stands on its head."""
    return session.execute(text(_FACTS), {"payment_ids": list(payment_ids)}).all()


def receipt_lines(session: Session, payment_ids: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """Per payment every line of the invoices it touched: due, paid by earlier payments, paid by this one."""
    lines: dict[UUID, list[Row[Any]]] = {payment_id: [] for payment_id in payment_ids}
    for row in session.execute(text(_LINES), {"payment_ids": list(payment_ids)}):
        lines[row.payment_id].append(row)
    return lines


def lock_series(
    session: Session, *, entity: str, kind: str, prefix: str, year_of: Callable[[datetime], str]
) -> tuple[datetime, str]:
    """Lock the series of the fiscal year that it is now: (moment of issue, year), until commit.

    The clock is read after the lock: read before, a later number could carry an earlier time.
    """
    while True:
        year = year_of(database_now(session))
        take_numbers(session, entity=entity, kind=kind, prefix=prefix, fiscal_year=year, count=0)
        now = database_now(session)
        if year_of(now) == year:
            return now, year


def take_numbers(
    session: Session, *, entity: str, kind: str, prefix: str, fiscal_year: str, count: int
) -> tuple[UUID, int]:
    """A block of `count` numbers of a series: (series, first). Locked until commit, so the series has no gaps."""
    row = session.execute(
        text(_TAKE_NUMBERS),
        {
            "id": new_id(),
            "entity": entity,
            "kind": kind,
            "prefix": prefix,
            "fiscal_year": fiscal_year,
            "count": count,
        },
    ).one()
    return row[0], row[1]


def insert_receipt(
    session: Session,
    *,
    payment_id: UUID,
    series: tuple[UUID, int],
    number: str,
    issued_at: datetime,
    snapshot: tuple[bytes, str],
) -> None:
    """Write a receipt with its number and its frozen snapshot (bytes, sha256)."""
    session.execute(
        text(
            """INSERT INTO receipts (id, payment_id, series_id, seq, number, issued_at, snapshot, snapshot_sha256)
               VALUES (:id, :payment_id, :series_id, :seq, :number, :issued_at, :snapshot, :sha256)"""
        ),
        {
            "id": new_id(),
            "payment_id": payment_id,
            "series_id": series[0],
            "seq": series[1],
            "number": number,
            "issued_at": issued_at,
            "snapshot": snapshot[0],
            "sha256": snapshot[1],
        },
    )


def database_now(session: Session) -> datetime:
    """The wall clock of the database, not the start of the transaction: read after the lock of a series."""
    now: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
    return now


def finished_receipts(session: Session, payment_ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, str]]:
    """Payment -> (frozen snapshot, its sha256)."""
    rows = session.execute(
        text("SELECT payment_id, snapshot, snapshot_sha256 FROM receipts WHERE payment_id = ANY(:ids)"),
        {"ids": list(payment_ids)},
    )
    return {row.payment_id: (bytes(row.snapshot), row.snapshot_sha256) for row in rows}


def store_document(
    session: Session, row_id: UUID, *, blob_key: str, size_bytes: int, renderer_version: str
) -> None:
    """Note where the bytes of a document are; its mails become due with the same commit."""
    session.execute(
        text(
            """UPDATE documents SET blob_key = :blob_key, size_bytes = :size_bytes, renderer_version = :renderer_version,
                 state = 'done', done_at = now(), lease_until = NULL, claim_token = NULL, error = NULL,
                 error_class = NULL WHERE id = :id"""
        ),
        {"id": row_id, "blob_key": blob_key, "size_bytes": size_bytes, "renderer_version": renderer_version},
    )


def release_mails(session: Session, document_ids: Sequence[UUID]) -> list[UUID]:
    """Make the mails of these documents due: they are done, or dead and the mail goes without them."""
    return list(
        session.scalars(
            text(
                """UPDATE emails SET not_before = now()
                   WHERE document_id = ANY(:ids) AND state = 'pending' AND not_before = 'infinity' RETURNING id"""
            ),
            {"ids": list(document_ids)},
        )
    )


def release_stranded_mails(session: Session) -> Sequence[Row[Any]]:
    """Make mails due whose document was finished while nobody released them, e.g. by the sweeper."""
    return session.execute(
        text(
            """UPDATE emails m SET not_before = now() FROM documents d
               WHERE d.id = m.document_id AND d.state IN ('done', 'dead')
                 AND m.state = 'pending' AND m.not_before = 'infinity'
               RETURNING m.id, m.document_id, d.state AS document_state, d.error_class"""
        )
    ).all()
