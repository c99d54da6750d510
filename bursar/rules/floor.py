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
        self.totals: dict[UUID, int] = {}
        """Invoice -> what money can be put on it in all."""
        self._invoices: list[Invoice] = []

    def open(self, invoices: Iterable[Invoice]) -> None:
        """Let money in on these too; they are opened later than all before."""
        opened = sorted(invoices, key=lambda each: each.opened_seq)
        self.totals |= {each.id: each.payable_minor for each in opened}
        self._invoices += opened

    def fill(self, room: Room, lot: Lot, amount_minor: int) -> Shares:
        """Put up to this much of a lot where there is room; what it is for comes first."""
        if not amount_minor or not any(room.values()):
            return []
        shares: Shares = []
        lines = self._lines_with_room(room)
        order = invoice_order(lines, lot.policy, lot.target) if len(lines) > 1 else list(lines)
        for invoice_id in order:
            components = lot.components if invoice_id == lot.target else ()
            for line_id, share_minor in allocate(amount_minor, lines[invoice_id], lot.policy, components):
                room[line_id] -= share_minor
                amount_minor -= share_minor
                shares.append((line_id, share_minor))
            if not amount_minor:
                break
        return shares

    def _lines_with_room(self, room: Room) -> dict[UUID, list[OpenLine]]:
        """Every line of the invoices that have room on some."""
        with_room = {}
        for invoice in self._invoices:
            minors = [room.get(line.id, 0) for line in invoice.lines]
            if any(minors):
                with_room[invoice.id] = list(map(_open_line, invoice.lines, minors))
        return with_room


def _open_line(line: Line, room_minor: int) -> OpenLine:
    filled_minor = line.payable_minor - room_minor
    tax_minor = max(0, line.tax_minor - filled_minor)
    return OpenLine(line.id, line.component, line.priority, line.due_on, line.position, room_minor, tax_minor)
