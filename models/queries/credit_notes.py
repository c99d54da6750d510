"""Credit notes that have no number yet, what stands on them, and what no note says so far."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.noting import CreditCause, NotedLine
from models.arrays import Array
from models.session import raw

NOTES_MAX = 1000
"""Refunded invoices that one sweep makes notes for; the next takes the rest."""
_FIND_REFUNDED = """
INSERT INTO credit_notes (id, invoice_id, cause, reason, requested_by)
SELECT gen_random_uuid(), id, 'refund', 'The money was refunded.', 'bursar'
FROM (SELECT id FROM invoices WHERE refunded_minor <> noted_minor AND refunded_minor > noted_minor
      ORDER BY id LIMIT :limit) i
ON CONFLICT (invoice_id) WHERE cause = 'refund' AND state IN ('pending', 'running') DO NOTHING RETURNING id"""
_NOTES = """
SELECT n.id, n.invoice_id, n.cause, n.reason, i.customer_id, i.snapshot, i.currency FROM credit_notes n
JOIN invoices i ON i.id = n.invoice_id WHERE n.id = ANY(:ids) AND n.number IS NULL ORDER BY n.id"""
_OWNERS = """
SELECT DISTINCT i.customer_id FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id WHERE n.id = ANY(:ids)"""
_LINES = """
SELECT l.id, l.invoice_id, l.position, l.component, l.description, l.priority, l.due_on, l.gross_minor, l.tax_minor,
  l.refunded_minor, l.credited_minor, l.rounding_minor, l.tax_kind, l.tax_rate_bp, l.tax_code,
  coalesce(sum(k.gross_minor), 0)::bigint AS noted_minor
FROM invoice_lines l LEFT JOIN credit_note_lines k ON k.invoice_line_id = l.id
WHERE l.invoice_id = ANY(:invoices) GROUP BY l.id ORDER BY l.invoice_id, l.position"""
_OF_NOTES = """
SELECT credit_note_id, invoice_line_id, net_minor, tax_minor, rounding_minor FROM credit_note_lines
WHERE credit_note_id = ANY(:ids)"""
_INSERT_LINES = """
INSERT INTO credit_note_lines (credit_note_id, invoice_line_id, net_minor, tax_minor, rounding_minor, gross_minor)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])"""
_ISSUE = """
UPDATE credit_notes n SET series_id = t.series_id, seq = t.seq, number = t.number, issued_at = t.issued_at,
  total_minor = t.total, tax_minor = t.tax, round_off_minor = t.round_off, snapshot = t.snapshot,
  snapshot_sha256 = t.sha256
FROM unnest(%s::uuid[], %s::uuid[], %s::int8[], %s::text[], %s::timestamptz[], %s::int8[], %s::int8[], %s::int8[],
  %s::bytea[], %s::text[])
  AS t(id, series_id, seq, number, issued_at, total, tax, round_off, snapshot, sha256) WHERE n.id = t.id"""
_COUNT_NOTED = """
UPDATE invoices i SET noted_minor = (
    SELECT coalesce(sum(k.gross_minor), 0) FROM credit_note_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id
    WHERE l.invoice_id = i.id)
  - (SELECT coalesce(sum(l.credited_minor), 0) FROM invoice_lines l WHERE l.invoice_id = i.id)
WHERE i.id = ANY(:ids)"""


class IssuedNote(NamedTuple):
    """A credit note that has its number and its frozen paper."""

    id: UUID
    series_id: UUID
    seq: int
    number: str
    issued_at: datetime
    total_minor: int
    tax_minor: int
    round_off_minor: int
    snapshot: bytes
    sha256: str


def find_refunded(session: Session) -> list[UUID]:
    """Reserve a note for every invoice of which more was refunded than stands on notes."""
    return list(session.scalars(text(_FIND_REFUNDED), {"limit": NOTES_MAX}))


def insert(
    session: Session, invoice_id: UUID, cause: CreditCause, *, action_id: UUID, reason: str, by: str
) -> UUID:
    """Reserve a note; its number comes with a worker."""
    note_id = new_id()
    session.execute(
        text(
            """INSERT INTO credit_notes (id, invoice_id, cause, action_id, reason, requested_by)
               VALUES (:id, :invoice_id, :cause, :action_id, :reason, :by)"""
        ),
        {
            "id": note_id,
            "invoice_id": invoice_id,
            "cause": cause.value,
            "action_id": action_id,
            "reason": reason,
            "by": by,
        },
    )
    return note_id


def owners(session: Session, ids: Sequence[UUID]) -> Sequence[UUID]:
    """The customers whose invoices these notes correct."""
    return session.scalars(text(_OWNERS), {"ids": list(ids)}).all()


def unnumbered(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Those of these notes that have no number, with the frozen invoice that each corrects."""
    return session.execute(text(_NOTES), {"ids": list(ids)}).all()


def lines_of(session: Session, invoices: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """Invoice -> its lines, with what stands of each on notes."""
    lines: dict[UUID, list[Row[Any]]] = {each: [] for each in invoices}
    for row in session.execute(text(_LINES), {"invoices": list(invoices)}):
        lines[row.invoice_id].append(row)
    return lines


def noted(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, dict[UUID, Row[Any]]]:
    """Note -> invoice line -> what of it stands on the note."""
    found: dict[UUID, dict[UUID, Row[Any]]] = {each: {} for each in ids}
    for row in session.execute(text(_OF_NOTES), {"ids": list(ids)}):
        found[row.credit_note_id][row.invoice_line_id] = row
    return found


def insert_lines(
    session: Session, lines: Mapping[tuple[UUID, UUID], NotedLine], invoices: Sequence[UUID]
) -> None:
    """Write what (note, invoice line) takes back, once; and count anew what stands on notes of these invoices."""
    if lines:
        columns = zip(*((*key, *line) for key, line in lines.items()), strict=True)
        names = ("uuid", "uuid", "int8", "int8", "int8", "int8")
        arrays = [Array(name, column) for name, column in zip(names, columns, strict=True)]
        raw(session).execute(_INSERT_LINES, arrays)
    session.execute(text(_COUNT_NOTED), {"ids": list(invoices)})


def issue(session: Session, notes: Sequence[IssuedNote]) -> None:
    """Give notes their numbers and frozen papers."""
    if notes:
        names = ("uuid", "uuid", "int8", "text", "timestamptz", "int8", "int8", "int8", "bytea", "text")
        columns = zip(names, zip(*notes, strict=True), strict=True)
        raw(session).execute(_ISSUE, [Array(name, column) for name, column in columns])


def ignore(session: Session, ids: Sequence[UUID], why: str) -> None:
    """Close notes that have nothing to take back."""
    statement = """UPDATE credit_notes SET state = 'ignored', done_at = now(), lease_until = NULL, claim_token = NULL,
      error = :why WHERE id = ANY(:ids)"""
    session.execute(text(statement), {"ids": list(ids), "why": why})
