"""The judgement: books and facts in, changes out. Pure; folded over a batch of up to 200 events.

Facts are joined per gateway object first (states by rank, attribution by evidence); then money is placed in
order of first success, and what was taken back is looked at. Placing fills open lines as far as money goes,
so un-held credit and open lines of one customer and currency never coexist (L1).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from bursar.rules.allocation import Policy
from bursar.rules.balancing import move_balance, register
from bursar.rules.books import Books, GroupKey, IncompleteBooks, Told
from bursar.rules.changes import Changes, waiting_key
from bursar.rules.desk import Desk
from bursar.rules.disputing import join_dispute, warn_of_fraud
from bursar.rules.facts import (
    AttributionFact,
    BalanceFact,
    CheckoutFact,
    ConversionFact,
    CustomerFact,
    DisputeFact,
    DisputeFundsFact,
    DowntimeFact,
    Fact,
    FeeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    ObjectFact,
    PaymentFact,
    PaymentMethodFact,
    RefundFact,
    RefundWatermark,
    SettlementFact,
    SubscriptionFact,
    WriteOffFact,
    payment_named,
    payment_needed,
)
from bursar.rules.joining import Joined, join_payment
from bursar.rules.ledger import CauseType, EntryKind, Leg, gateway_account
from bursar.rules.posting import Cause, capture, close, rebook
from bursar.rules.refunding import note_overdrawn, raise_watermark, take_refund
from bursar.rules.repeating import NO_REPEATS, Repeats, note_repeats
from bursar.rules.reserving import follow_failures, follow_holds, follow_payments
from bursar.rules.ruling import give_up, join_ruling
from bursar.rules.states import checkout_advances


class _Decision:
    """One decision in the making: the desk, and what the second half still has to do."""

    def __init__(self, books: Books, seqs: Iterator[int], policy: Policy) -> None:
        self.desk = Desk(books)
        self.seqs = seqs
        self.policy = policy
        self.joined = Joined()
        self.missing: set[GroupKey] = set()

    def attempt(self, step: Callable[..., None], *args: Any) -> None:
        """Take a step; remember the groups it would need whole, so that all are asked for at once."""
        try:
            step(*args)
        except IncompleteBooks as incomplete:
            self.missing |= incomplete.groups

    def require_whole(self) -> None:
        """Raise IncompleteBooks if some step so far could not be taken."""
        if self.missing:
            raise IncompleteBooks(frozenset(self.missing))


def decide(
    books: Books,
    batch: Sequence[Told],
    seqs: Iterable[int],
    policy: Policy = Policy.PRIORITY,
    repeats: Repeats = NO_REPEATS,
) -> Changes:
    """What these facts change in these books, and what is kept of mere repeats.

    `seqs` yields at least one fresh number of the apply sequence per fact; `policy` spreads payments that
    succeed now. Raises IncompleteBooks when a group must be loaded whole first; load it and decide again.
    """
    decision = _Decision(books, iter(seqs), policy)
    for told in batch:
        for fact in told.facts:
            if isinstance(fact, PaymentFact):
                join_payment(decision.desk, decision.joined, told.account, fact)
    ready = [told for told in batch if not _waits(decision.desk, told)]
    _join_rulings(decision, ready)
    _rebook_reattributed(decision)
    joined = decision.joined
    for payment_id in joined.succeeded:
        decision.attempt(_capture, decision, payment_id)
    for told in ready:
        for fact in told.facts:
            if not decision.missing or isinstance(fact, RefundFact | DisputeFact):  # only these may ask
                decision.attempt(HANDLERS[type(fact)], decision, told, fact)
    decision.require_whole()
    follow_payments(decision.desk, [*joined.succeeded, *joined.reattributed])
    follow_failures(decision.desk)
    follow_holds(decision.desk)
    _note_subjects(decision.desk, ready)
    note_repeats(decision.desk, repeats)
    return close(decision.desk, [*ready, *repeats.events])


def settle_group(books: Books, group: GroupKey) -> Changes:
    """Place the money of a customer anew; used when an invoice opens or somebody decided about one."""
    desk = Desk(books)
    rebook(desk, group)
    follow_holds(desk)
    return close(desk, [])


def _note_subjects(desk: Desk, applied: list[Told]) -> None:
    """Which payment each fact spoke of: what `explain` finds it by."""
    for told in applied:
        for n, fact in enumerate(told.facts):
            payment_id = desk.aliases.get((told.account, payment_named(fact) or ""))
            if payment_id:
                desk.changes.spoken_of[told.event_id, n] = payment_id


def _join_rulings(decision: _Decision, ready: Sequence[Told]) -> None:
    for told in ready:
        for fact in told.facts:
            if isinstance(fact, AttributionFact):
                join_ruling(decision.desk, decision.joined, told.account, fact)


def _waits(desk: Desk, told: Told) -> bool:
    """Whether an event speaks of a payment that nobody has told us of yet; it waits, and costs no attempt."""
    for fact in told.facts:
        needs = payment_needed(fact)
        if needs and (told.account, needs) not in desk.aliases:
            desk.changes.waiting[told.event_id] = waiting_key(told.account, needs)
            return True
    return False


def _capture(decision: _Decision, payment_id: UUID) -> None:
    """Book money that arrived: placed at once, receipt and mail reserved."""
    desk = decision.desk
    payment = desk.payment(payment_id)._replace(applied_seq=next(decision.seqs), policy=decision.policy)
    desk.keep_payment(payment)
    came = Leg(
        gateway_account(payment.account), payment.amount_minor, payment.currency, None, None, payment_id
    )
    capture(desk, Cause(payment_id, CauseType.PAYMENT, payment_id, EntryKind.CAPTURED, (came,)))
    if payment.refunded_minor or payment.lost_minor:
        note_overdrawn(desk, payment_id)


def _rebook_reattributed(decision: _Decision) -> None:
    """Better evidence arrived for money already placed: both owners' money is placed anew."""
    desk, was = decision.desk, decision.joined.reattributed
    owners = {payment_id: payment.attribution.customer_id for payment_id, payment in was.items()}
    groups = {payment.group for payment in was.values()} | {desk.payment(each).group for each in was}
    for group in sorted(groups, key=str):
        decision.attempt(partial(rebook, owners=owners), desk, group)


def _join_checkout(decision: _Decision, told: Told, fact: CheckoutFact) -> None:
    desk = decision.desk
    checkout = desk.books.checkouts.get((told.account, fact.checkout))
    if checkout is None:
        return
    current = desk.changes.checkouts.get(checkout.id, checkout.status)
    if checkout_advances(current, fact.status):
        desk.changes.checkouts[checkout.id] = fact.status
        desk.audit(f"checkout.{fact.status}", "checkout", checkout.id)


def _joined_before(_: _Decision, __: Told, ___: PaymentFact | AttributionFact) -> None:
    """Payments were joined first, with whose they are: everything else may depend on them."""


def _give_up(decision: _Decision, _: Told, fact: WriteOffFact) -> None:
    give_up(decision.desk, fact)


def _take_refund(decision: _Decision, told: Told, fact: RefundFact) -> None:
    take_refund(decision.desk, told.account, fact, decision.seqs)


def _raise_watermark(decision: _Decision, told: Told, fact: RefundWatermark) -> None:
    raise_watermark(decision.desk, told.account, fact)


def _join_dispute(decision: _Decision, told: Told, fact: DisputeFact) -> None:
    join_dispute(decision.desk, told.account, fact, told.key, decision.seqs)


def _move_balance(decision: _Decision, told: Told, fact: BalanceFact) -> None:
    move_balance(decision.desk, told.account, fact, told.key)


def _register(decision: _Decision, told: Told, fact: ObjectFact) -> None:
    if register(decision.desk, told.account, fact, told.key) and isinstance(fact, FraudWarningFact):
        warn_of_fraud(decision.desk, told.account, fact)


HANDLERS: dict[type[Fact], Callable[[_Decision, Told, Any], None]] = {
    PaymentFact: _joined_before,
    AttributionFact: _joined_before,
    WriteOffFact: _give_up,
    CheckoutFact: _join_checkout,
    RefundFact: _take_refund,
    RefundWatermark: _raise_watermark,
    DisputeFact: _join_dispute,
    DisputeFundsFact: _move_balance,
    FeeFact: _move_balance,
    ConversionFact: _move_balance,
    SettlementFact: _move_balance,
    SubscriptionFact: _register,
    GatewayInvoiceFact: _register,
    PaymentMethodFact: _register,
    CustomerFact: _register,
    FraudWarningFact: _register,
    DowntimeFact: _register,
}
"""What each fact does once all payments of the batch are joined and captured; a test keeps it total."""
