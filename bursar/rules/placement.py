"""Where the money of a customer lies: a function of what was paid and what was taken back, not of the path.

For one (customer, currency), `place_group` fills the invoices with payments in the order of their first
success. Then it looks at what refunds and lost disputes have left of each: what a payment gave and no longer
has, other unspent money fills; what nobody fills is cancelled. It defines what is right (L0, L1, L2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from bursar.rules.allocation import Components, OpenLine, Policy, Shares, allocate, invoice_order
from bursar.rules.books import Invoice, Line, Share

NO_SHARES: Mapping[UUID, Share] = MappingProxyType({})


class Taking(NamedTuple):
    """Money that was taken back from a payment: a refund that succeeded, a dispute that was lost."""

    seq: int
    """Its place in the order of everything applied: it cancels nothing that was opened later."""
    amount_minor: int
    reopens: bool = False
    """What it had paid is owed again instead of cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One payment as placement sees it."""

    payment_id: UUID
    customer_id: UUID | None
    target: UUID | None
    """The invoice it was paid for, where we know."""
    seq: int | None
    """None until it succeeded; a refund may be told of first."""
    amount_minor: int
    policy: Policy = Policy.PRIORITY
    components: Components = ()
    takings: tuple[Taking, ...] = ()

    @property
    def kept_minor(self) -> int:
        """What is left of it."""
        return max(0, self._captured_minor - self._taken_minor)

    @property
    def suspense_minor(self) -> int:
        """What was taken back beyond what came in."""
        return max(0, self._taken_minor - self._captured_minor)

    def gave_minor(self, opened_seq: int) -> int:
        """What it could pay of an invoice, had nothing been taken back since that was opened."""
        before = sum(
            taking.amount_minor for taking in self.takings if taking.reopens or taking.seq < opened_seq
        )
        return max(0, self._captured_minor - before)

    @property
    def _captured_minor(self) -> int:
        return 0 if self.seq is None else self.amount_minor

    @property
    def _taken_minor(self) -> int:
        return sum(taking.amount_minor for taking in self.takings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a payment's money lies. Allocated + credit + unidentified - suspense = what is left of it."""

    customer_id: UUID | None
    credit_minor: int = 0
    """Held credit included."""
    held_minor: int = 0
    """Credit of a double payment: it pays nothing else until a person decides."""
    unidentified_minor: int = 0
    suspense_minor: int = 0
    shares: Mapping[UUID, Share] = field(default_factory=lambda: NO_SHARES)


class _Hold:
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


class _Floor:
    """The lines of a group, and how much room is left on each."""

    def __init__(self, invoices: Iterable[Invoice], room: Mapping[UUID, int]) -> None:
        self.invoices = {each.id: each for each in sorted(invoices, key=lambda each: each.opened_seq)}
        self._lines = {each.id: each.lines for each in self.invoices.values()}
        self._room = dict(room)

    def fill(self, lot: Lot, invoice_id: UUID, amount_minor: int) -> Shares:
        """Put up to this much of a lot on the lines of an invoice."""
        components = lot.components if invoice_id == lot.target else ()
        shares = allocate(amount_minor, self._open(invoice_id), lot.policy, components)
        for line_id, share_minor in shares:
            self._room[line_id] -= share_minor
        return shares

    def order(self, lot: Lot) -> list[UUID]:
        """The invoices with room, as this lot fills them."""
        with_room = {each: self._open(each) for each in self.invoices if self._has_room(each)}
        return invoice_order(with_room, lot.policy, lot.target) if len(with_room) > 1 else list(with_room)

    def _has_room(self, invoice_id: UUID) -> bool:
        return any(self._room.get(line.id, 0) for line in self._lines[invoice_id])

    def _open(self, invoice_id: UUID) -> list[OpenLine]:
        return [_open_line(line, self._room.get(line.id, 0)) for line in self._lines[invoice_id]]


def place_group(invoices: Sequence[Invoice], lots: Iterable[Lot]) -> dict[UUID, Placement]:
    """Where all money of one (customer, currency) lies, from nothing. Payments of nobody are unidentified."""
    ordered = sorted(lots, key=lambda lot: (lot.seq is None, lot.seq))
    owned = [lot for lot in ordered if lot.customer_id and lot.seq is not None]
    floor = _Floor(invoices, {line.id: line.payable_minor for each in invoices for line in each.lines})
    gave = _give(floor, owned)
    placed = {
        lot.payment_id: Placement(
            customer_id=lot.customer_id,
            unidentified_minor=0 if lot.customer_id else lot.kept_minor,
            suspense_minor=lot.suspense_minor,
        )
        for lot in ordered
    }
    return placed | _keep(floor, owned, gave)


def place_alone(invoices: Sequence[Invoice], lot: Lot) -> Placement:
    """Where one new payment goes when nothing of its group was ever taken back or paid twice.

    The same as `place_group` over all of them, without looking at the others.
    """
    floor = _Floor(invoices, {line.id: line.open_minor for each in invoices for line in each.lines})
    shares: dict[UUID, int] = {}
    rest_minor = lot.amount_minor
    for invoice_id in floor.order(lot):
        for line_id, share_minor in floor.fill(lot, invoice_id, rest_minor):
            shares[line_id] = shares.get(line_id, 0) + share_minor
            rest_minor -= share_minor
        if not rest_minor:
            break
    return Placement(
        customer_id=lot.customer_id,
        credit_minor=rest_minor,
        shares={line_id: Share(allocated_minor=minor) for line_id, minor in shares.items()},
    )


def _give(floor: _Floor, lots: Sequence[Lot]) -> dict[UUID, Shares]:
    """What every payment gave to every line, had nothing been taken back since the invoice was opened."""
    holds = _holds(floor.invoices)
    gave: dict[UUID, Shares] = {}
    for lot in lots:
        opened_seq = floor.invoices[lot.target].opened_seq if lot.target in floor.invoices else 0
        spent_minor = _held(holds, lot, lot.gave_minor(opened_seq))
        shares: Shares = []
        for invoice_id in floor.order(lot):
            free_minor = lot.gave_minor(floor.invoices[invoice_id].opened_seq) - spent_minor
            given = floor.fill(lot, invoice_id, max(0, free_minor))
            spent_minor += sum(minor for _, minor in given)
            shares += given
        gave[lot.payment_id] = shares
    return gave


def _keep(floor: _Floor, lots: Sequence[Lot], gave: Mapping[UUID, Shares]) -> dict[UUID, Placement]:
    """What of it is still there: the last given is missing first, unspent money of others steps in.

    What was held when an invoice opened, and is free since, is unspent too: it pays what is open.
    """
    holds = _holds(floor.invoices)
    held, spare = {}, {}
    kept: dict[UUID, dict[UUID, int]] = {}
    missing: dict[UUID, dict[UUID, int]] = {}
    for lot in lots:
        held[lot.payment_id] = held_minor = _held(holds, lot, lot.kept_minor)
        free_minor = lot.kept_minor - held_minor
        kept[lot.payment_id], missing[lot.payment_id] = {}, {}
        for line_id, share_minor in gave[lot.payment_id]:
            stays_minor = min(share_minor, free_minor)
            free_minor -= stays_minor
            _add(kept[lot.payment_id], line_id, stays_minor)
            _add(missing[lot.payment_id], line_id, share_minor - stays_minor)
        spare[lot.payment_id] = free_minor
    _step_in(floor, lots, spare, kept, missing)
    _spend(floor, lots, spare, kept)
    return {
        lot.payment_id: Placement(
            customer_id=lot.customer_id,
            credit_minor=spare[lot.payment_id] + held[lot.payment_id],
            held_minor=held[lot.payment_id],
            suspense_minor=lot.suspense_minor,
            shares=_shares(kept[lot.payment_id], missing[lot.payment_id]),
        )
        for lot in lots
    }


def _step_in(
    floor: _Floor,
    lots: Sequence[Lot],
    spare: dict[UUID, int],
    kept: Mapping[UUID, dict[UUID, int]],
    missing: Mapping[UUID, dict[UUID, int]],
) -> None:
    """Let unspent money pay what was taken back from others, the earliest payment first."""
    room: dict[UUID, int] = {}
    for lines in missing.values():
        for line_id, minor in lines.items():
            _add(room, line_id, minor)
    if room:
        for line_id, share_minor in _spend(_Floor(floor.invoices.values(), room), lots, spare, kept):
            _take(lots, missing, line_id, share_minor)


def _spend(
    floor: _Floor, lots: Sequence[Lot], spare: dict[UUID, int], kept: Mapping[UUID, dict[UUID, int]]
) -> Shares:
    """Put unspent money where there is room, the earliest payment first."""
    spent: Shares = []
    for lot in lots:
        for invoice_id in floor.order(lot) if spare[lot.payment_id] else ():
            for line_id, share_minor in floor.fill(lot, invoice_id, spare[lot.payment_id]):
                spare[lot.payment_id] -= share_minor
                _add(kept[lot.payment_id], line_id, share_minor)
                spent.append((line_id, share_minor))
    return spent


def _take(
    lots: Sequence[Lot], missing: Mapping[UUID, dict[UUID, int]], line_id: UUID, amount_minor: int
) -> None:
    for lot in lots:
        found_minor = min(amount_minor, missing[lot.payment_id].get(line_id, 0))
        _add(missing[lot.payment_id], line_id, -found_minor)
        amount_minor -= found_minor


def _holds(invoices: Mapping[UUID, Invoice]) -> dict[UUID, _Hold]:
    return {each.id: _Hold(each.payable_minor) for each in invoices.values()}


def _held(holds: Mapping[UUID, _Hold], lot: Lot, amount_minor: int) -> int:
    hold = holds.get(lot.target) if lot.target else None
    return hold.add(amount_minor) if hold else 0


def _shares(kept: Mapping[UUID, int], missing: Mapping[UUID, int]) -> dict[UUID, Share]:
    return {
        line_id: Share(allocated_minor=kept.get(line_id, 0), cancelled_minor=missing.get(line_id, 0))
        for line_id in sorted(kept.keys() | missing.keys())
    }


def _add(sums: dict[UUID, int], line_id: UUID, amount_minor: int) -> None:
    sums[line_id] = sums.get(line_id, 0) + amount_minor
    if not sums[line_id]:
        del sums[line_id]


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
