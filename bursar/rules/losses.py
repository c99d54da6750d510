"""What is given up of an invoice: by a person as far as no money came, and by policy the small rest of it.

A function of what was paid and what was ruled, never of the path: late money takes a loss back first, and
money that goes away again brings it back.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bursar.ids import new_id
from bursar.rules.books import Invoice, Line
from bursar.rules.desk import Desk
from bursar.rules.ledger import BAD_DEBT, RECEIVABLE, CauseType, EntryKind, Leg, entry

RULED, TOLERATED = "ruling", "tolerance"
"""Why, as it stands with the entry."""


class Loss(NamedTuple):
    """What is given up of one line."""

    ruled_minor: int
    tolerated_minor: int


def losses(invoice: Invoice) -> list[Loss]:
    """What is given up of each line, in the order of the lines: all of a small rest, else what was ruled."""
    rooms = [line.payable_minor - line.allocated_minor - line.refunded_minor for line in invoice.lines]
    if _money_came(invoice) and sum(rooms) <= (invoice.tolerance_minor or 0):
        return [Loss(0, room) for room in rooms]
    return [Loss(min(line.given_up_minor, room), 0) for line, room in zip(invoice.lines, rooms, strict=True)]


def follow_losses(desk: Desk) -> None:
    """Post what is given up now, and what no longer is, of every changed invoice. Once all money is placed.

    An invoice keeps the tolerance of the moment when money first came for it.
    """
    for changed in desk.changed_invoices().values():
        invoice = changed
        if invoice.tolerance_minor is None and _money_came(invoice):
            desk.tolerate(invoice.id, desk.books.tolerance_minor)
            invoice = desk.invoice(invoice.id)
        after = losses(invoice)
        before = [Loss(line.ruled_minor, line.tolerated_minor) for line in invoice.lines]
        if after != before:
            _post(desk, invoice, before, after)


def _money_came(invoice: Invoice) -> bool:
    """Without any, what is open is no rest."""
    return bool(invoice.paid_minor or invoice.refunded_minor)


def _post(desk: Desk, invoice: Invoice, before: Sequence[Loss], after: Sequence[Loss]) -> None:
    for why, n in ((RULED, 0), (TOLERATED, 1)):
        more = [new[n] - old[n] for old, new in zip(before, after, strict=True)]
        if any(more):
            kind = EntryKind.WRITTEN_OFF if sum(more) > 0 else EntryKind.WRITE_OFF_REVERSED
            legs = [
                leg
                for line, minor in zip(invoice.lines, more, strict=True)
                for leg in _legs(invoice, line, minor)
            ]
            desk.changes.entries.append(entry(CauseType.ACTION, new_id(), kind, legs, why))
    for line, loss in zip(invoice.lines, after, strict=True):
        desk.keep_line(line._replace(written_off_minor=sum(loss), tolerated_minor=loss.tolerated_minor))


def _legs(invoice: Invoice, line: Line, minor: int) -> list[Leg]:
    owner = (invoice.currency, invoice.customer_id, line.id)
    return [Leg(BAD_DEBT, minor, *owner), Leg(RECEIVABLE, -minor, *owner)]
