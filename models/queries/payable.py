"""Invoices as somebody who wants to pay one needs them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.matching import Owed
from models.queries.inbox import uuid_or_none
from models.session import named_rows

INVOICE = """
SELECT i.id, i.number, i.status, i.currency, i.customer_id, c.external_ref, c.name, c.email, c.country, t.slug AS track,
  coalesce((SELECT sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor)
    FROM invoice_lines l WHERE l.invoice_id = i.id), 0)::bigint AS open_minor
FROM invoices i JOIN customers c ON c.id = i.customer_id LEFT JOIN tracks t ON t.id = i.track_id
"""


OPEN_MAX = 200_000
"""Open invoices that one statement is compared with; more is a reason to match by the gateway."""
_OPEN = """
SELECT i.id, i.number, i.source_id, c.external_ref, i.currency,
  sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor)::bigint
FROM invoices i JOIN customers c ON c.id = i.customer_id JOIN invoice_lines l ON l.invoice_id = i.id
WHERE i.status = 'open' AND i.paid_minor + i.refunded_minor < i.total_minor
GROUP BY i.id, c.external_ref ORDER BY i.id LIMIT :limit
"""


class InvoiceUnknown(Refused):
    """No invoice has this id, number or reference."""


class InvoiceAmbiguous(Refused):
    """Several invoices have this reference; name one by its number."""


def invoice_to_pay(session: Session, ref: str) -> Any:
    """By our id, its number, or the host's reference. Raises InvoiceUnknown or InvoiceAmbiguous."""
    by_id = uuid_or_none(ref)
    for column, named in (("id", by_id), ("number", ref), ("source_id", ref)):
        if named is None:
            continue
        found = named_rows(session, f"{INVOICE} WHERE i.{column} = %(named)s LIMIT 2", {"named": named})
        if len(found) > 1:
            raise InvoiceAmbiguous(f"several invoices have the reference {ref!r}; name one by its number")
        if found:
            return found[0]
    raise InvoiceUnknown(f"no invoice has the id, number or reference {ref!r}")


def unpaid_lines(session: Session, invoice_id: UUID) -> list[tuple[int, int]]:
    """Position of a line and what nobody paid of it, whether it is still open or given up; only such lines."""
    statement = """SELECT position, gross_minor - credited_minor - allocated_minor - refunded_minor AS unpaid_minor
      FROM invoice_lines WHERE invoice_id = :id ORDER BY position"""
    rows = session.execute(text(statement), {"id": invoice_id})
    return [(row.position, row.unpaid_minor) for row in rows if row.unpaid_minor]


def losses_of(session: Session, ref: str) -> Row[Any]:
    """What is given up of an invoice, the part that policy gave up, and what is open. As `invoice_to_pay`."""
    statement = """SELECT i.id, i.number, sum(l.written_off_minor)::bigint AS written_off_minor,
        sum(l.tolerated_minor)::bigint AS tolerated_minor,
        sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor)::bigint
          AS open_minor, i.currency
      FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id WHERE i.id = :id GROUP BY i.id"""
    return session.execute(text(statement), {"id": invoice_to_pay(session, ref).id}).one()


def is_page_open(session: Session, account: str, external_id: str) -> bool:
    """Whether a page of ours can still be paid."""
    statement = """SELECT EXISTS (SELECT FROM checkouts WHERE gateway_account = :account
      AND external_id = :external_id AND status = 'open')"""
    return bool(session.scalar(text(statement), {"account": account, "external_id": external_id}))


def open_invoices(session: Session) -> Sequence[Owed]:
    """What is open, by the names a payer may give it; the oldest first."""
    return [Owed(*row) for row in session.execute(text(_OPEN), {"limit": OPEN_MAX})]


def components_of(session: Session, invoice_id: UUID) -> Sequence[str]:
    """The fee components of an invoice, each once, in the order of its lines."""
    statement = """SELECT component FROM invoice_lines WHERE invoice_id = :id
      GROUP BY component ORDER BY min(position)"""
    return session.scalars(text(statement), {"id": invoice_id}).all()
