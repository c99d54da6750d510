"""The parts of invoices, beside what is settled of them. Decides nothing."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.rules.installments import Installment

_OPEN = "sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor)"
_OVERDUE = f"""
WITH parts AS (
  SELECT p.invoice_id, p.seq, p.due_on, p.amount_minor,
    sum(p.amount_minor) OVER (PARTITION BY p.invoice_id ORDER BY p.seq) AS until_now
  FROM installments p JOIN invoices i ON i.id = p.invoice_id
  WHERE i.status = 'open' AND p.invoice_id IN (SELECT invoice_id FROM installments WHERE due_on < :today)
), settled AS (
  SELECT l.invoice_id, i.total_minor - {_OPEN} AS minor FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
  WHERE l.invoice_id IN (SELECT invoice_id FROM parts) GROUP BY l.invoice_id, i.total_minor
)
SELECT i.id AS invoice_id, i.number, c.external_ref AS customer, i.currency, p.seq, p.due_on, p.amount_minor,
  least(p.amount_minor, p.until_now - s.minor)::bigint AS open_minor
FROM parts p JOIN settled s ON s.invoice_id = p.invoice_id JOIN invoices i ON i.id = p.invoice_id
JOIN customers c ON c.id = i.customer_id
WHERE p.due_on < :today AND p.until_now > s.minor ORDER BY p.due_on, i.id, p.seq LIMIT :limit
"""


def lock_invoice(session: Session, invoice_id: UUID) -> Row[Any]:
    """Its status, currency and total, held against another plan until the transaction ends."""
    statement = "SELECT status, currency, total_minor FROM invoices WHERE id = :id FOR NO KEY UPDATE"
    return session.execute(text(statement), {"id": invoice_id}).one()


def settled_minor(session: Session, invoice_id: UUID) -> int:
    """What of an invoice is paid, refunded for good, credited or written off."""
    statement = f"""SELECT (i.total_minor - {_OPEN})::bigint FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
      WHERE i.id = :id GROUP BY i.total_minor"""
    return int(session.scalar(text(statement), {"id": invoice_id}) or 0)


def plan_of(session: Session, invoice_id: UUID) -> list[Installment]:
    """Its parts in order; none when it is due as a whole."""
    statement = "SELECT seq, due_on, amount_minor FROM installments WHERE invoice_id = :id ORDER BY seq"
    return [
        Installment(seq=row.seq, due_on=row.due_on, amount_minor=row.amount_minor)
        for row in session.execute(text(statement), {"id": invoice_id})
    ]


def replace_plan(session: Session, invoice_id: UUID, plan: Sequence[Installment]) -> None:
    """Have these parts instead of whatever there was."""
    session.execute(text("DELETE FROM installments WHERE invoice_id = :id"), {"id": invoice_id})
    session.execute(
        text(
            """INSERT INTO installments (invoice_id, seq, due_on, amount_minor)
               SELECT :id, * FROM unnest(CAST(:seqs AS int[]), CAST(:days AS date[]), CAST(:amounts AS bigint[]))"""
        ),
        {
            "id": invoice_id,
            "seqs": [each.seq for each in plan],
            "days": [each.due_on for each in plan],
            "amounts": [each.amount_minor for each in plan],
        },
    )


def overdue(session: Session, today: date, limit: int) -> Sequence[Row[Any]]:
    """Parts of open invoices that should have been paid before today, the oldest first."""
    return session.execute(text(_OVERDUE), {"today": today, "limit": limit}).all()
