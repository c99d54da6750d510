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


def place_group(invoices: Sequence[Invoice], lots: Iterable[Lot]) -> dict[UUID, Placement]:
    """Where all money of one (customer, currency) lies, from nothing. Payments of nobody are unidentified."""
    ordered = sorted(lots, key=lambda lot: (lot.seq is None, lot.seq))
    placed = {
        lot.payment_id: Placement(
            customer_id=lot.customer_id,
            unidentified_minor=0 if lot.customer_id else lot.left_minor(),
            suspense_minor=lot.suspense_minor,
        )
        for lot in ordered
    }
    table = _Table([lot for lot in ordered if lot.customer_id and lot.seq is not None])
    for opened, until_seq in _epochs(invoices, table.lots):
        table.open(opened)
        table.take(until_seq)
    return placed | table.placements()


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
        shares={line_id: Share(allocated_minor=minor) for line_id, minor in _sums(shares).items()},
    )


def _epochs(invoices: Sequence[Invoice], lots: Sequence[Lot]) -> Iterator[tuple[list[Invoice], int | None]]:
    """Invoices that opened with nothing taken back between them, and when the next ones open."""
    seqs = sorted(taking.seq for lot in lots for taking in lot.takings if not taking.reopens)
    by_opening = sorted(invoices, key=lambda each: each.opened_seq)
    groups = [list(each) for _, each in groupby(by_opening, lambda each: bisect(seqs, each.opened_seq))]
    starts = [group[0].opened_seq for group in groups]
    yield from zip([[], *groups], [*starts, None], strict=True)


class _Table:
    """The lots of a group and where their money lies, while invoices open and money is taken back."""

    def __init__(self, lots: Sequence[Lot]) -> None:
        self.lots = lots
        self._floor = Floor()
        self._room: Room = {}
        self._left = {lot.payment_id: lot.left_minor(0) for lot in lots}
        self._held = dict.fromkeys(self._left, 0)
        self._shares: dict[UUID, Shares] = {payment_id: [] for payment_id in self._left}
        """In the order they were given."""
        self._missing: dict[UUID, Room] = {payment_id: {} for payment_id in self._left}
        """Given once, taken back since, and filled by nobody."""

    def open(self, invoices: Sequence[Invoice]) -> None:
        """Invoices open: unspent money pays them, but for what was paid twice."""
        self._floor.open(invoices)
        self._room |= {line.id: line.payable_minor for each in invoices for line in each.lines}
        self._hold()
        for lot in self.lots:
            for line_id, minor in self._drop(lot.payment_id):
                self._room[line_id] += minor
        self._spend(self._room)

    def take(self, until_seq: int | None) -> None:
        """Money is taken back: missing where it was given last, until unspent money of others steps in."""
        left = {lot.payment_id: lot.left_minor(until_seq) for lot in self.lots}
        if left == self._left:
            return
        self._left = left
        self._hold()
        for lot in self.lots:
            for line_id, minor in self._drop(lot.payment_id):
                _add(self._missing[lot.payment_id], line_id, minor)
        gaps: Room = {}
        for missing in self._missing.values():
            for line_id, minor in missing.items():
                _add(gaps, line_id, minor)
        for line_id, minor in self._spend(gaps):
            self._close(line_id, minor)
        self._spend(self._room)  # what was held until now is free

    def placements(self) -> dict[UUID, Placement]:
        """Where the money lies."""
        return {lot.payment_id: self._placement(lot) for lot in self.lots}

    def _hold(self) -> None:
        """Say anew what was paid twice."""
        holds = {each.id: Hold(each.payable_minor) for each in self._floor.invoices.values()}
        for lot in self.lots:
            hold = holds.get(lot.target) if lot.target else None
            self._held[lot.payment_id] = hold.add(self._left[lot.payment_id]) if hold else 0

    def _spare(self, payment_id: UUID) -> int:
        """What is neither held nor on a line; below zero, the lines hold more than there is."""
        spent_minor = sum(minor for _, minor in self._shares[payment_id])
        return self._left[payment_id] - self._held[payment_id] - spent_minor

    def _drop(self, payment_id: UUID) -> Shares:
        """Take the lines' excess from them, the last given first."""
        excess_minor, dropped = -self._spare(payment_id), []
        while excess_minor > 0:
            line_id, share_minor = self._shares[payment_id].pop()
            minor = min(share_minor, excess_minor)
            excess_minor -= minor
            dropped.append((line_id, minor))
            if share_minor > minor:
                self._shares[payment_id].append((line_id, share_minor - minor))
        return dropped

    def _spend(self, room: Room) -> Shares:
        """Put unspent money where there is room, the earliest payment first."""
        spent: Shares = []
        for lot in self.lots:
            given = self._floor.fill(room, lot, self._spare(lot.payment_id))
            self._shares[lot.payment_id] += given
            spent += given
        return spent

    def _close(self, line_id: UUID, amount_minor: int) -> None:
        """Somebody stepped in."""
        for missing in self._missing.values():
            minor = min(amount_minor, missing.get(line_id, 0))
            _add(missing, line_id, -minor)
            amount_minor -= minor

    def _placement(self, lot: Lot) -> Placement:
        kept, missing = _sums(self._shares[lot.payment_id]), self._missing[lot.payment_id]
        held_minor = self._held[lot.payment_id]
        return Placement(
            customer_id=lot.customer_id,
            credit_minor=self._spare(lot.payment_id) + held_minor,
            held_minor=held_minor,
            suspense_minor=lot.suspense_minor,
            shares={
                line_id: Share(allocated_minor=kept.get(line_id, 0), cancelled_minor=missing.get(line_id, 0))
                for line_id in sorted(kept.keys() | missing.keys())
            },
        )


def _sums(shares: Shares) -> Room:
    sums: Room = {}
    for line_id, minor in shares:
        _add(sums, line_id, minor)
    return sums


def _add(sums: Room, line_id: UUID, amount_minor: int) -> None:
    sums[line_id] = sums.get(line_id, 0) + amount_minor
    if not sums[line_id]:
        del sums[line_id]
