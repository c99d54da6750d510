"""Take back what was issued: void an invoice that nothing was done with, credit lines of one that stands."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules import relief
from bursar.rules.books import Books, Invoice, Line
from bursar.rules.changes import Changes
from bursar.rules.ledger import CauseType, EntryKind, entry
from bursar.rules.noting import CreditCause, noted_line
from models import books
from models.queries import credit_notes
from models.queries.audit import audit
from models.session import raw


class InvoiceNotOpen(Refused):
    """A draft owes nothing yet, and what is void owes nothing any more: there is nothing to take back."""


class Credited(NamedTuple):
    """A reserved credit note, and the rights that are due because of it."""

    note_id: UUID
    enrollments: list[UUID]


def void_invoice(session: Session, invoice_id: UUID, *, by: str, reason: str) -> None:
    """Reverse an issue exactly; the number stays taken. Raises InvoiceNotOpen, or ReliefRefused when anything
    was ever done with it.
    """
    _, invoice = _locked(session, invoice_id)
    voided = entry(CauseType.INVOICE, invoice_id, EntryKind.VOIDED, relief.void_legs(invoice))
    books.write(raw(session), Changes(entries=[voided]), weak_wait_s=0)
    session.execute(text("UPDATE invoices SET status = 'void' WHERE id = :id"), {"id": invoice_id})
    audit(session, actor=by, verb="voided", subjects={invoice_id: "invoice"}, detail={"reason": reason})


def credit_invoice(
    session: Session, invoice_id: UUID, amounts: Mapping[int, int] | None, *, by: str, reason: str
) -> Credited:
    """Take back charges, and reserve the credit note. `amounts`: position of a line -> minor units; None is all
    that is still charged. Raises InvoiceNotOpen or ReliefRefused.
    """
    loaded, invoice = _locked(session, invoice_id)
    wanted = _amounts(invoice, amounts)
    action_id = new_id()
    written = books.write(raw(session), relief.credit(loaded, invoice_id, wanted, action_id), weak_wait_s=0)
    note_id = credit_notes.insert(
        session, invoice_id, CreditCause.CREDIT, action_id=action_id, reason=reason, by=by
    )
    rows = {row.id: row for row in credit_notes.lines_of(session, [invoice_id])[invoice_id]}
    lines = {}
    for line_id, minor in wanted.items():
        row = rows[line_id]
        not_noted_minor = row.refunded_minor + row.credited_minor - row.noted_minor
        if not_noted_minor > 0:
            noted = noted_line(line_value(row), row.noted_minor, min(minor, not_noted_minor))
            lines[note_id, line_id] = noted
    if not lines:
        raise relief.ReliefRefused("refunds have taken this back already: a note would say it twice")
    credit_notes.insert_lines(session, lines, [invoice_id])
    audit(session, actor=by, verb="requested", subjects={note_id: "credit_note"}, detail={"reason": reason})
    return Credited(note_id, written.enrollments)


def line_value(row: Any) -> Line:
    """A line as rules read it, from a row of `credit_notes.lines_of`."""
    return Line(
        id=row.id,
        invoice_id=row.invoice_id,
        position=row.position,
        component=row.component,
        priority=row.priority,
        due_on=row.due_on,
        gross_minor=row.gross_minor,
        tax_minor=row.tax_minor,
        refunded_minor=row.refunded_minor,
        credited_minor=row.credited_minor,
        rounding_minor=row.rounding_minor,
    )


def _locked(session: Session, invoice_id: UUID) -> tuple[Books, Invoice]:
    """The books of an open invoice's customer, locked and whole."""
    connection = raw(session)
    statement = text("SELECT customer_id, currency FROM invoices WHERE id = :id")
    head = session.execute(statement, {"id": invoice_id}).one()
    books.lock_customers(connection, [head.customer_id])
    loaded = books.load_groups(connection, [(head.customer_id, head.currency)])
    if invoice_id not in loaded.invoices:
        raise InvoiceNotOpen(invoice=invoice_id)
    return loaded, loaded.invoices[invoice_id]


def _amounts(invoice: Invoice, amounts: Mapping[int, int] | None) -> dict[UUID, int]:
    """By line; what was not named, or all that is still charged."""
    if amounts is None:
        left = {line.id: line.payable_minor - line.refunded_minor for line in invoice.lines}
        return {line_id: minor for line_id, minor in left.items() if minor > 0}
    at = {line.position: line.id for line in invoice.lines}
    strange = sorted(amounts.keys() - at.keys())
    if strange:
        listed = ", ".join(map(str, sorted(at)))
        raise relief.ReliefRefused(f"line {strange[0]}: this invoice has the lines {listed}")
    return {at[position]: minor for position, minor in amounts.items()}
