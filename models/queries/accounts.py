"""What a customer was charged and paid, movement by movement, from the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.consequences import DocumentKind

_MOVEMENTS = """
WITH own AS (
  SELECT l.entry_id, l.n, l.amount_minor, l.currency, l.invoice_line_id, l.payment_id FROM ledger_lines l
  WHERE l.account IN ('receivable', 'customer_credit') AND l.customer_id = :customer_id AND (
    l.invoice_line_id IN (
      SELECT t.id FROM invoice_lines t JOIN invoices i ON i.id = t.invoice_id WHERE i.customer_id = :customer_id)
    OR l.payment_id IN (SELECT id FROM payments WHERE customer_id = :customer_id)))
SELECT e.id, e.kind, e.posted_at, o.currency, sum(o.amount_minor)::bigint AS net_minor,
  coalesce(sum(o.amount_minor) FILTER (WHERE o.amount_minor > 0), 0)::bigint AS charged_minor,
  coalesce(-sum(o.amount_minor) FILTER (WHERE o.amount_minor < 0), 0)::bigint AS credited_minor,
  min(i.number) AS invoice, min(r.number) AS receipt, min(p.gateway_payment_id) AS payment
FROM own o JOIN ledger_entries e ON e.id = o.entry_id
LEFT JOIN invoice_lines t ON t.id = o.invoice_line_id LEFT JOIN invoices i ON i.id = t.invoice_id
LEFT JOIN payments p ON p.id = o.payment_id LEFT JOIN receipts r ON r.payment_id = p.id
WHERE e.posted_at < :until
GROUP BY e.id, o.currency ORDER BY e.posted_at, e.id
"""
"""A customer's lines are found by what they paid and owe: the ledger has no index by customer."""


def movements(session: Session, customer_id: UUID, until: datetime) -> Sequence[Row[Any]]:
    """Every entry that touched what the customer owes or has as credit, per currency, the oldest first."""
    return session.execute(text(_MOVEMENTS), {"customer_id": customer_id, "until": until}).all()


def reserve_statement(
    session: Session,
    *,
    customer_id: UUID,
    currency: str,
    days: tuple[Any, Any],
    number: str,
    snapshot: tuple[bytes, str],
) -> UUID:
    """Freeze a statement and reserve its document: the id of the document, the same for the same words."""
    parameters = {
        "id": new_id(),
        "customer_id": customer_id,
        "currency": currency,
        "first_day": days[0],
        "last_day": days[1],
        "number": number,
        "snapshot": snapshot[0],
        "sha256": snapshot[1],
    }
    session.execute(
        text(
            """INSERT INTO statements (id, customer_id, currency, first_day, last_day, number, snapshot, snapshot_sha256)
               VALUES (:id, :customer_id, :currency, :first_day, :last_day, :number, :snapshot, :sha256)
               ON CONFLICT (customer_id, snapshot_sha256) DO NOTHING"""
        ),
        parameters,
    )
    session.execute(
        text(
            """INSERT INTO documents (id, kind, subject_id) SELECT :document_id, :kind, id FROM statements
               WHERE customer_id = :customer_id AND snapshot_sha256 = :sha256
               ON CONFLICT (kind, subject_id, version) DO NOTHING"""
        ),
        {**parameters, "document_id": new_id(), "kind": DocumentKind.STATEMENT.value},
    )
    found = session.scalars(
        text(
            """SELECT d.id FROM documents d JOIN statements s ON d.kind = 'statement' AND d.subject_id = s.id
               WHERE s.customer_id = :customer_id AND s.snapshot_sha256 = :sha256 ORDER BY d.version DESC LIMIT 1"""
        ),
        parameters,
    ).one()
    return UUID(str(found))
