"""From where money lies to ledger entries: every move of a payment becomes one balanced entry."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from bursar.ids import new_id
from bursar.rules.allocation import policy_label
from bursar.rules.books import GroupKey, IncompleteBooks, Line, Payment, Share, Told
from bursar.rules.changes import Changes
from bursar.rules.desk import Desk
from bursar.rules.ledger import (
    CUSTOMER_CREDIT,
    RECEIVABLE,
    ROUNDING,
    SUSPENSE,
    TAX_PAYABLE,
    UNIDENTIFIED,
    CauseType,
    EntryKind,
    Leg,
    entry,
    revenue_account,
    tax_part,
)
from bursar.rules.losses import follow_losses
from bursar.rules.lots import Placement
from bursar.rules.placement import place_alone, place_group
from bursar.rules.reserving import follow_grants

NO_SHARE = Share()
NO_OWNERS: Mapping[UUID, UUID | None] = {}


class Cause(NamedTuple):
    """Why money came or went: the natural key of its entry, and the legs outside our own accounts."""

    payment_id: UUID
    type: CauseType
    id: UUID
    kind: EntryKind
    outside: tuple[Leg, ...]


def capture(desk: Desk, cause: Cause) -> None:
    """Post money that came in: placed by itself where that is enough, otherwise with its whole group."""
    payment = desk.payment(cause.payment_id)
    if _is_simple(desk, payment):
        _post(desk, cause, desk.placement(payment.id), _simply_placed(desk, payment))
    else:
        rebook(desk, payment.group, cause)


def rebook(
    desk: Desk, group: GroupKey, cause: Cause | None = None, owners: Mapping[UUID, UUID | None] = NO_OWNERS
) -> None:
    """Place a whole group anew and post the differences, first that of the cause.

    `owners`: whose a re-attributed payment was. Raises IncompleteBooks until the group, and every group
    that a member comes from, was loaded whole.
    """
    members = desk.payments_of(group)
    if cause and all(member.id != cause.payment_id for member in members):
        members.append(desk.payment(cause.payment_id))
    require_whole(desk, group, members)
    wanted = place_group(desk.invoices_of(group), [desk.lot(member) for member in members])
    if cause:
        _post(desk, cause, desk.placement(cause.payment_id), wanted.pop(cause.payment_id))
    for payment_id, after in wanted.items():
        before = desk.placement(payment_id)
        if payment_id in owners:
            before = before._replace(customer_id=owners[payment_id])
        if _moves(before, after):
            moved = Cause(payment_id, CauseType.ACTION, new_id(), EntryKind.MOVED, ())
            _post(desk, moved, before, after)
        elif before.held_minor != after.held_minor:
            desk.lay(payment_id, after)
    desk.contest(group)


def close(desk: Desk, applied: list[Told]) -> Changes:
    """All changes of a decision: losses and rights as the money is, invoices as they ended."""
    follow_losses(desk)
    desk.changes.invoices = desk.changed_invoices()
    follow_grants(desk)
    desk.changes.applied = applied
    return desk.changes


def _is_simple(desk: Desk, payment: Payment) -> bool:
    """Whether nothing of its group was ever taken back, given up, or paid for the invoice it names."""
    if payment.refunded_minor or payment.lost_minor or payment.suspense_minor or payment.disputed:
        return False
    group = payment.group
    if group in desk.books.whole_groups or group in desk.books.taken_groups:
        return False
    target = payment.attribution.invoice_id
    return not any(
        (invoice.id == target and invoice.paid_minor) or any(line.written_off_minor for line in invoice.lines)
        for invoice in desk.invoices_of(group)
    )


def _simply_placed(desk: Desk, payment: Payment) -> Placement:
    if payment.attribution.customer_id is None:
        return Placement(customer_id=None, unidentified_minor=payment.amount_minor)
    return place_alone(desk.invoices_of(payment.group), desk.lot(payment))


def require_whole(desk: Desk, group: GroupKey, members: Iterable[Payment]) -> None:
    """Raise IncompleteBooks until a group, and every group that a member comes from, was loaded whole."""
    known = desk.books.payments
    pasts = {known[member.id].group for member in members if member.id in known}
    missing = frozenset(({group} | pasts) - desk.books.whole_groups)
    if missing:
        raise IncompleteBooks(missing)


def _moves(before: Placement, after: Placement) -> bool:
    """Whether money would have to move from here to there; a new owner of nothing moves none."""
    if before.credit_minor > 0 and before.customer_id != after.customer_id:
        return True
    return (before.credit_minor, before.unidentified_minor, before.suspense_minor, before.shares) != (
        after.credit_minor,
        after.unidentified_minor,
        after.suspense_minor,
        after.shares,
    )


def _post(desk: Desk, cause: Cause, before: Placement, after: Placement) -> None:
    """Write one entry that moves a payment from one placement to another, and all sums that follow."""
    payment = desk.payment(cause.payment_id)
    legs = [*cause.outside, *_holding_legs(payment, before, after)]
    for line_id in sorted(before.shares.keys() | after.shares.keys()):
        old, new = before.shares.get(line_id, NO_SHARE), after.shares.get(line_id, NO_SHARE)
        if old != new:
            legs += _line_legs(desk, payment, line_id, old, new)
    policy = policy_label(payment.policy, payment.components) if after.shares else None
    desk.changes.entries.append(entry(cause.type, cause.id, cause.kind, legs, policy))
    desk.lay(payment.id, after)


def _line_legs(desk: Desk, payment: Payment, line_id: UUID, old: Share, new: Share) -> list[Leg]:
    """The receivable legs of a share that changed, and the revenue taken back with a refund."""
    line = desk.line(line_id)
    allocated = new.allocated_minor - old.allocated_minor
    cancelled = new.cancelled_minor - old.cancelled_minor
    changed = line._replace(
        allocated_minor=line.allocated_minor + allocated,
        refunded_minor=line.refunded_minor + cancelled,
    )
    desk.keep_line(changed)
    currency, customer_id = payment.currency, desk.books.invoices[line.invoice_id].customer_id
    paid = Leg(RECEIVABLE, -allocated, currency, customer_id, line_id, payment.id)
    if not cancelled:
        return [paid]
    return [
        paid,
        *taken_back_legs(line, changed, currency, customer_id, payment.id),
        Leg(RECEIVABLE, -cancelled, currency, customer_id, line_id, None),
    ]


def taken_back_legs(
    before: Line, after: Line, currency: str, customer_id: UUID, payment_id: UUID | None = None
) -> list[Leg]:
    """Income, tax and round-off that are earned no longer, of what was taken back between two states."""
    old, new = taken_back(before), taken_back(after)
    owner = (currency, customer_id, before.id, payment_id)
    return [
        Leg(revenue_account(before.component), new.net_minor - old.net_minor, *owner),
        Leg(TAX_PAYABLE, new.tax_minor - old.tax_minor, *owner),
        Leg(ROUNDING, new.rounding_minor - old.rounding_minor, *owner),
    ]


class TakenBack(NamedTuple):
    """What refunds and credit notes took back of a line, in its parts."""

    net_minor: int
    tax_minor: int
    rounding_minor: int


def taken_back(line: Line, minor: int | None = None) -> TakenBack:
    """The parts of the first so many minor units taken back, by default of all; cumulative: they sum up."""
    taken_minor = line.refunded_minor + line.credited_minor if minor is None else minor
    tax_minor = tax_part(taken_minor, gross_minor=line.gross_minor, tax_minor=line.tax_minor)
    rounding_minor = taken_minor * line.rounding_minor // line.gross_minor
    return TakenBack(taken_minor - tax_minor - rounding_minor, tax_minor, rounding_minor)


def _holding_legs(payment: Payment, before: Placement, after: Placement) -> list[Leg]:
    """Credit, unidentified and suspense: what a placement holds besides invoice lines."""
    currency, payment_id = payment.currency, payment.id
    if before.customer_id == after.customer_id:
        credit = before.credit_minor - after.credit_minor
        legs = [Leg(CUSTOMER_CREDIT, credit, currency, after.customer_id, None, payment_id)]
    else:
        legs = [
            Leg(CUSTOMER_CREDIT, before.credit_minor, currency, before.customer_id, None, payment_id),
            Leg(CUSTOMER_CREDIT, -after.credit_minor, currency, after.customer_id, None, payment_id),
        ]
    unidentified = before.unidentified_minor - after.unidentified_minor
    suspense = after.suspense_minor - before.suspense_minor
    return [
        *legs,
        Leg(UNIDENTIFIED, unidentified, currency, None, None, payment_id),
        Leg(SUSPENSE, suspense, currency, after.customer_id, None, payment_id),
    ]
