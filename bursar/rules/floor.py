"""The invoice lines of a group: how much room is left on each, and what was paid twice for an invoice."""

from collections.abc import Iterable
from uuid import UUID

from bursar.rules.allocation import OpenLine, Shares, allocate, invoice_order
from bursar.rules.books import Invoice, Line
from bursar.rules.lots import Lot

Room = dict[UUID, int]
"""Invoice line -> minor units that could still be put on it."""


class Hold:
    """What was paid twice for one invoice: the sum of its payments beyond its total or the largest of them.

    One payment that is simply too large is no double payment: its rest pays the next invoice.
    """

    def __init__(self, total_minor: int) -> None:
        self._total_minor = total_minor
        self._sum_minor = self._largest_minor = 0

    def add(self, amount_minor: int) -> int:
        """How much of one more payment is held."""
        before = self._held_minor()
        self._sum_minor += amount_minor
        self._largest_minor = max(self._largest_minor, amount_minor)
        return self._held_minor() - before

    def _held_minor(self) -> int:
        return max(0, self._sum_minor - max(self._total_minor, self._largest_minor))


class Floor:
    """Open invoices in the order they were opened."""

    def __init__(self) -> None:
        self.invoices: dict[UUID, Invoice] = {}

    def open(self, invoices: Iterable[Invoice]) -> None:
        """Let money in on these too; they are opened later than all before."""
        self.invoices |= {each.id: each for each in sorted(invoices, key=lambda each: each.opened_seq)}

    def fill(self, room: Room, lot: Lot, amount_minor: int) -> Shares:
        """Put up to this much of a lot where there is room; what it is for comes first."""
        shares: Shares = []
        for invoice_id in self._order(room, lot) if amount_minor else ():
            components = lot.components if invoice_id == lot.target else ()
            lines = _open_lines(self.invoices[invoice_id], room)
            for line_id, share_minor in allocate(amount_minor, lines, lot.policy, components):
                room[line_id] -= share_minor
                amount_minor -= share_minor
                shares.append((line_id, share_minor))
            if not amount_minor:
                break
        return shares

    def _order(self, room: Room, lot: Lot) -> list[UUID]:
        """The invoices with room, as this lot fills them."""
        with_room = {
            each.id: _open_lines(each, room)
            for each in self.invoices.values()
            if any(room.get(line.id, 0) for line in each.lines)
        }
        return invoice_order(with_room, lot.policy, lot.target) if len(with_room) > 1 else list(with_room)


def _open_lines(invoice: Invoice, room: Room) -> list[OpenLine]:
    return [_open_line(line, room.get(line.id, 0)) for line in invoice.lines]


def _open_line(line: Line, room_minor: int) -> OpenLine:
    filled_minor = line.payable_minor - room_minor
    return OpenLine(
        id=line.id,
        invoice_id=line.invoice_id,
        component=line.component,
        priority=line.priority,
        due_on=line.due_on,
        position=line.position,
        open_minor=room_minor,
        tax_minor=max(0, line.tax_minor - filled_minor),
    )
