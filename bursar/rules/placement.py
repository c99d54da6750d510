"""Where the money of a customer lies: a function of what was paid and what was taken back, not of the path.

`place_group` looks at one (customer, currency) as if all its payments had been there from the beginning, in
the order of their first success. They fill the invoices; what is then taken back is missing where it was
given last; unspent money of others steps in; what nobody fills is cancelled. Of all else only this order
counts: what was taken back before an invoice opened is settled before it is filled. It defines what is right.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from bursar.rules.allocation import Shares
from bursar.rules.books import Invoice, Share
from bursar.rules.floor import Floor, Hold, Room
from bursar.rules.lots import Lot, Placement
from bursar.rules.seats import Seat, add, sums


def place_group(invoices: Sequence[Invoice], lots: Iterable[Lot]) -> dict[UUID, Placement]:
    """Where all money of one (customer, currency) lies, from nothing. Payments of nobody are unidentified."""
    ordered = sorted(lots, key=lambda lot: (lot.seq is None, lot.seq))
    paying = [lot for lot in ordered if lot.pays]
    table = _Table(paying)
    for opened, until_seq in _epochs(invoices, paying):
        table.open(opened)
        table.take(until_seq)
    placed = {seat.lot.payment_id: seat.placement() for seat in table.seats}
    return placed | {lot.payment_id: _apart(lot) for lot in ordered if not lot.pays}


def place_alone(invoices: Sequence[Invoice], lot: Lot) -> Placement:
    """Where one new payment goes when nothing of its group was ever taken back or paid twice.

    The same as `place_group` over all of them, without looking at the others.
    """
    floor = Floor()
    floor.open(invoices)
    room = {line.id: line.open_minor for each in invoices for line in each.lines}
    shares = floor.fill(room, lot, lot.amount_minor)
    return Placement(
        customer_id=lot.customer_id,
        credit_minor=lot.amount_minor - sum(minor for _, minor in shares),
        shares={line_id: Share(minor) for line_id, minor in sums(shares).items()},
    )


def _apart(lot: Lot) -> Placement:
    """Where money lies that can pay nothing: it is nobody's, or was taken back before it came."""
    return Placement(
        customer_id=lot.customer_id,
        unidentified_minor=0 if lot.customer_id else lot.left_minor(),
        suspense_minor=lot.suspense_minor,
    )


def _epochs(invoices: Sequence[Invoice], lots: Sequence[Lot]) -> Iterator[tuple[list[Invoice], int | None]]:
    """Invoices that opened with nothing taken back between them, and when the next ones open."""
    seqs = sorted(taking.seq for lot in lots for taking in lot.takings if not taking.reopens)
    by_opening = sorted(invoices, key=lambda each: each.opened_seq)
    if not seqs:
        yield by_opening, None
        return
    groups = [list(each) for _, each in groupby(by_opening, lambda each: bisect(seqs, each.opened_seq))]
    starts = [group[0].opened_seq for group in groups]
    yield from zip([[], *groups], [*starts, None], strict=True)


class _Table:
    """The payments of a group and where their money lies, while invoices open and money is taken back."""

    def __init__(self, lots: Iterable[Lot]) -> None:
        self.seats = [Seat(lot) for lot in lots]
        self._floor = Floor()
        self._room: Room = {}

    def open(self, invoices: Sequence[Invoice]) -> None:
        """Invoices open: unspent money pays them, but for what was paid twice."""
        self._floor.open(invoices)
        self._room |= {line.id: line.payable_minor for each in invoices for line in each.lines}
        self._hold()
        for seat in self.seats:
            for line_id, minor in seat.drop_excess():
                self._room[line_id] += minor
        self._spend(self._room)

    def take(self, until_seq: int | None) -> None:
        """Money is taken back: missing where it was given last, until unspent money of others steps in."""
        left = [seat.lot.left_minor(until_seq) for seat in self.seats]
        if left == [seat.left_minor for seat in self.seats]:
            return
        for seat, left_minor in zip(self.seats, left, strict=True):
            seat.left_minor = left_minor
        self._hold()
        gaps: Room = {}
        for seat in self.seats:
            for line_id, minor in seat.drop_excess():
                add(seat.missing, line_id, minor)
            for line_id, minor in seat.missing.items():
                add(gaps, line_id, minor)
        for line_id, minor in self._spend(gaps):
            self._close(line_id, minor)
        self._spend(self._room)  # what was held until now is free

    def _hold(self) -> None:
        """Say anew what was paid twice."""
        holds = {invoice_id: Hold(total_minor) for invoice_id, total_minor in self._floor.totals.items()}
        for seat in self.seats:
            hold = holds.get(seat.lot.target) if seat.lot.target else None
            seat.held_minor = hold.add(seat.left_minor) if hold else 0

    def _spend(self, room: Room) -> Shares:
        """Put unspent money where there is room, the earliest payment first."""
        spent: Shares = []
        for seat in self.seats:
            given = self._floor.fill(room, seat.lot, seat.spare_minor)
            if given:
                seat.give(given)
                spent += given
        return spent

    def _close(self, line_id: UUID, amount_minor: int) -> None:
        """Somebody stepped in."""
        for seat in self.seats:
            minor = min(amount_minor, seat.missing.get(line_id, 0))
            if minor:
                add(seat.missing, line_id, -minor)
                amount_minor -= minor
