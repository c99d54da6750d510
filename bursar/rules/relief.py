"""Giving up what is owed: credit notes, write-offs, and invoices that should never have been.

Each is an operator's act with an id of its own. Money that lay on what is taken back becomes credit again.
"""

from collections.abc import Mapping
from uuid import UUID

from bursar.errors import Refused
from bursar.rules.books import Books, Invoice, Line
from bursar.rules.changes import Changes
from bursar.rules.desk import Desk
from bursar.rules.ledger import (
    BAD_DEBT,
    RECEIVABLE,
    ROUNDING,
    TAX_PAYABLE,
    CauseType,
    EntryKind,
    Leg,
    entry,
    revenue_account,
)
from bursar.rules.posting import close, rebook, taken_back_legs


class ReliefRefused(Refused):
    """More cannot be given up than there is; the message says how much that is."""


def write_off(books: Books, invoice_id: UUID, amounts: Mapping[UUID, int], action_id: UUID) -> Changes:
    """Give up what is still open on lines: a loss (bad debt). `amounts`: line -> minor units.

    Late money reverses it first. Raises ReliefRefused for more than is open.
    """
    desk = Desk(books)
    legs: list[Leg] = []
    for line, minor, invoice in _chosen(desk, invoice_id, amounts):
        if minor > line.open_minor:
            raise ReliefRefused(f"line {line.position}: {line.open_minor} minor units are open, not {minor}")
        ruled_minor = line.ruled_minor + minor
        desk.keep_line(
            line._replace(written_off_minor=line.written_off_minor + minor, given_up_minor=ruled_minor)
        )
        legs.append(Leg(BAD_DEBT, minor, invoice.currency, invoice.customer_id, line.id))
        legs.append(Leg(RECEIVABLE, -minor, invoice.currency, invoice.customer_id, line.id))
    desk.changes.entries.append(entry(CauseType.ACTION, action_id, EntryKind.WRITTEN_OFF, legs))
    desk.audit("invoice.written_off", "invoice", invoice_id, minor=sum(amounts.values()))
    return close(desk, [])


def credit(books: Books, invoice_id: UUID, amounts: Mapping[UUID, int], action_id: UUID) -> Changes:
    """Take back a charge with a credit note; the group must be loaded whole. `amounts`: line -> minor units.

    What had been paid beyond the rest becomes credit. Raises ReliefRefused for more than was charged.
    """
    desk = Desk(books)
    legs: list[Leg] = []
    for line, minor, invoice in _chosen(desk, invoice_id, amounts):
        left_minor = line.payable_minor - line.refunded_minor
        if minor > left_minor:
            raise ReliefRefused(f"line {line.position}: {left_minor} minor units are charged, not {minor}")
        changed = line._replace(credited_minor=line.credited_minor + minor)
        desk.keep_line(changed)
        legs += taken_back_legs(line, changed, invoice.currency, invoice.customer_id)
        legs.append(Leg(RECEIVABLE, -minor, invoice.currency, invoice.customer_id, line.id))
    desk.changes.entries.append(entry(CauseType.ACTION, action_id, EntryKind.CREDITED, legs))
    desk.audit("invoice.credited", "invoice", invoice_id, minor=sum(amounts.values()))
    invoice = books.invoices[invoice_id]
    rebook(desk, (invoice.customer_id, invoice.currency))
    return close(desk, [])


def void_legs(invoice: Invoice) -> list[Leg]:
    """The exact reversal of an invoice's issue. Raises ReliefRefused when anything was ever done with it."""
    legs: list[Leg] = []
    for line in invoice.lines:
        if line.open_minor != line.gross_minor:
            raise ReliefRefused(f"line {line.position} is not as it was issued; use a credit note instead")
        owner = (invoice.currency, invoice.customer_id, line.id)
        net_minor = line.gross_minor - line.tax_minor - line.rounding_minor
        legs.append(Leg(revenue_account(line.component), net_minor, *owner))
        legs.append(Leg(TAX_PAYABLE, line.tax_minor, *owner))
        legs.append(Leg(ROUNDING, line.rounding_minor, *owner))
        legs.append(Leg(RECEIVABLE, -line.gross_minor, *owner))
    return legs


def _chosen(desk: Desk, invoice_id: UUID, amounts: Mapping[UUID, int]) -> list[tuple[Line, int, Invoice]]:
    invoice = desk.invoice(invoice_id)
    lines = {line.id: line for line in invoice.lines}
    if not amounts or min(amounts.values()) <= 0 or not amounts.keys() <= lines.keys():
        raise ReliefRefused("name lines of this invoice, each with an amount above zero")
    return [(lines[line_id], minor, invoice) for line_id, minor in sorted(amounts.items())]
