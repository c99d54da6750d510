"""Invoices as operators look at them: found by filters, shown with lines and credit notes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_COLUMNS = """i.id, i.number, i.kind, i.status, c.external_ref AS customer, i.source_id AS reference, i.currency,
  i.total_minor, i.tax_minor, i.round_off_minor, i.paid_minor, i.refunded_minor, coalesce(l.open_minor, 0)::bigint AS open_minor,
  i.place_of_supply, i.due_on, i.issue_on, i.issued_at, i.refused_because, c.locale
FROM invoices i JOIN customers c ON c.id = i.customer_id LEFT JOIN LATERAL (
  SELECT sum(gross_minor - allocated_minor - refunded_minor - credited_minor - written_off_minor) AS open_minor
  FROM invoice_lines WHERE invoice_id = i.id) l ON i.status = 'open'"""
_FIND = f"""
SELECT {_COLUMNS}
WHERE (CAST(:status AS text) IS NULL OR i.status = :status) AND (CAST(:customer AS text) IS NULL OR c.external_ref = :customer)
  AND (NOT :refused OR i.refused_because IS NOT NULL)
ORDER BY i.id DESC LIMIT :limit"""
_LINES = """
SELECT position, component, description, quantity, unit_minor, discount_minor, net_minor, tax_kind, tax_rate_bp, tax_code,
  tax_minor, rounding_minor, gross_minor, allocated_minor, refunded_minor, credited_minor, written_off_minor
FROM invoice_lines WHERE invoice_id = :id ORDER BY position"""
_NOTES = """
SELECT id, number, cause, reason, state, total_minor, tax_minor, issued_at, error FROM credit_notes
WHERE invoice_id = :id ORDER BY created_at, id"""


def find(
    session: Session, *, status: str | None, customer: str | None, refused: bool, limit: int
) -> Sequence[Row[Any]]:
    """The newest first."""
    named = {"status": status, "customer": customer, "refused": refused, "limit": limit}
    return session.execute(text(_FIND), named).all()


def get(session: Session, invoice_id: UUID) -> Row[Any]:
    """One invoice, whatever its status."""
    return session.execute(text(f"SELECT {_COLUMNS} WHERE i.id = :id"), {"id": invoice_id}).one()


def lines(session: Session, invoice_id: UUID) -> Sequence[Row[Any]]:
    """Its fee components, in order."""
    return session.execute(text(_LINES), {"id": invoice_id}).all()


def notes(session: Session, invoice_id: UUID) -> Sequence[Row[Any]]:
    """Its credit notes, the oldest first; those without a number wait for a worker."""
    return session.execute(text(_NOTES), {"id": invoice_id}).all()
