"""The judgement: books and facts in, changes out. Pure; folded over a batch of up to 200 events.

Facts are joined per gateway object first (states by rank, attribution by evidence); then money is placed
in order of first success, refunds are taken, groups whose past changed are replayed. Placing and replaying
settle as they go, so credit and open lines of one customer and currency never coexist (L1).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from bursar.ids import new_id
from bursar.rules.allocation import Policy, policy_label
from bursar.rules.attribution import attribute, payment_subject
from bursar.rules.books import (
    Attempt,
    Books,
    Changes,
    GroupKey,
    IncompleteBooks,
    Payment,
    Told,
    waiting_key,
)
from bursar.rules.breaks import BreakKind
from bursar.rules.desk import Desk
from bursar.rules.evidence import Attribution, better
from bursar.rules.facts import CheckoutFact, Fact, PaymentFact, RefundFact, RefundWatermark
from bursar.rules.ledger import CauseType, EntryKind, Leg, gateway_account
from bursar.rules.placement import Placement, replay
from bursar.rules.refunding import take_refund
from bursar.rules.reserving import follow_grants, follow_payments, follow_refunds
from bursar.rules.states import PaymentStatus, checkout_advances, payment_advances

POLICY = policy_label(Policy.PRIORITY)


class _Decision:
    """One decision in the making: the desk, and what the second half still has to do."""

    def __init__(self, books: Books, seqs: Iterator[int]) -> None:
        self.desk = Desk(books)
        self.seqs = seqs
        self.succeeded: list[UUID] = []
        self.returned: set[GroupKey] = set()
        self.reattributed: dict[UUID, Payment] = {}


def decide(books: Books, batch: Sequence[Told], seqs: Iterable[int]) -> Changes:
    """What these facts change in these books.

    `seqs` yields at least one fresh number of the apply sequence per fact. Raises IncompleteBooks when a
    group must be loaded whole first; load it and decide again.
    """
    decision = _Decision(books, iter(seqs))
    for told in batch:
        for fact in told.facts:
            if isinstance(fact, PaymentFact):
                _join_payment(decision, told.account, fact)
    ready = [told for told in batch if not _waits(decision.desk, told)]
    for payment_id in decision.succeeded:
        _capture(decision, payment_id)
    _replay_reattributed(decision)
    for told in ready:
        for fact in told.facts:
            HANDLERS[type(fact)](decision, told.account, fact)
    _replay(decision.desk, decision.returned, owners={})
    follow_payments(decision.desk, [*decision.succeeded, *decision.reattributed])
    follow_refunds(decision.desk, decision.succeeded)
    follow_grants(decision.desk)
    decision.desk.changes.applied = ready
    return decision.desk.changes


def settle_group(books: Books, group: GroupKey) -> Changes:
    """Apply the credit of a customer to what is open now; used when an invoice opens."""
    decision = _Decision(books, iter(()))
    _settle(decision.desk, group)
    follow_grants(decision.desk)
    return decision.desk.changes


def _join_payment(decision: _Decision, account: str, fact: PaymentFact) -> None:
    """Join one fact into its payment: a new alias, a higher state, better evidence."""
    desk = decision.desk
    names = (fact.payment, *fact.aliases)
    meant = desk.find_payment_id(account, names)
    if len(meant) > 1:
        desk.open_break(BreakKind.ALIAS_CONFLICT, payment_subject(meant[0]), f"also known as {meant[1]}")
    payment = desk.payment(meant[0]) if meant else _new_payment(desk, account, fact)
    for name in names:
        if (account, name) not in desk.books.aliases:
            desk.changes.aliases.setdefault((account, name), payment.id)
    payment = _advance(decision, payment, fact)
    desk.keep_payment(_better_attributed(decision, payment, account, fact))
    if fact.attempt:
        _note_attempt(desk, account, payment.id, fact)


def _new_payment(desk: Desk, account: str, fact: PaymentFact) -> Payment:
    payment = Payment(
        id=new_id(),
        account=account,
        gateway_id=fact.payment,
        status=PaymentStatus.CREATED,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
    )
    desk.keep_payment(payment)
    return payment


def _advance(decision: _Decision, payment: Payment, fact: PaymentFact) -> Payment:
    """The payment with the fact's state, if that outranks its own; otherwise the fact is stale."""
    desk = decision.desk
    booked, told = (payment.amount_minor, payment.currency), (fact.amount_minor, fact.currency)
    if not payment_advances(payment.status, fact.status):
        if fact.status != payment.status:
            desk.audit("payment.stale", "payment", payment.id, state=payment.status, told=fact.status)
        elif fact.status is PaymentStatus.SUCCEEDED and told != booked:
            detail = "booked {} {}, told {} {} minor units".format(*booked, *told)
            desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(payment.id), detail)
        return payment
    late = payment.status in {PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.CANCELED}
    desk.audit(f"payment.{fact.status}", "payment", payment.id, late=int(late))
    if fact.status is PaymentStatus.SUCCEEDED:
        decision.succeeded.append(payment.id)
    return replace(
        payment,
        status=fact.status,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        method=fact.method or payment.method,
        occurred_at=fact.occurred_at or payment.occurred_at,
    )


def _better_attributed(decision: _Decision, payment: Payment, account: str, fact: PaymentFact) -> Payment:
    """The payment with the stronger attribution; money already placed is remembered for a replay."""
    desk = decision.desk
    found, odd = attribute(account, fact.claims, desk.books.directory, desk.books.checkouts)
    stronger = better(payment.attribution, found)
    if stronger[2:] != payment.attribution[2:]:
        _heal(desk, payment.id, stronger)
        if payment.applied_seq:
            decision.reattributed.setdefault(payment.id, desk.books.payments[payment.id])
            desk.audit("payment.reattributed", "payment", payment.id, evidence=int(stronger.rank))
    for kind, detail in odd:
        if stronger.invoice_id is None or kind is not BreakKind.UNKNOWN_INVOICE:
            desk.open_break(kind, payment_subject(payment.id), detail)
    return replace(payment, attribution=stronger)


def _heal(desk: Desk, payment_id: UUID, attribution: Attribution) -> None:
    """Close what better evidence has answered: whose money it is, and for which invoice."""
    answered = {
        BreakKind.UNIDENTIFIED_PAYMENT: attribution.customer_id,
        BreakKind.UNKNOWN_INVOICE: attribution.invoice_id,
    }
    subject = payment_subject(payment_id)
    desk.changes.healed.extend((kind, subject) for kind, answer in answered.items() if answer)


def _note_attempt(desk: Desk, account: str, payment_id: UUID, fact: PaymentFact) -> None:
    succeeded = fact.status is PaymentStatus.SUCCEEDED
    key = (account, fact.attempt or "")
    known = desk.changes.attempts.get(key)
    if known is None or (succeeded and not known.succeeded):
        desk.changes.attempts[key] = Attempt(
            account=account,
            external_id=key[1],
            payment_id=payment_id,
            succeeded=succeeded,
            decline_code=fact.decline_code,
            occurred_at=fact.occurred_at,
        )


def _waits(desk: Desk, told: Told) -> bool:
    """Whether an event speaks of a payment that nobody has told us of yet; it waits, and costs no attempt."""
    for fact in told.facts:
        needs = fact.payment if isinstance(fact, RefundFact | RefundWatermark) else None
        if needs and not desk.find_payment_id(told.account, [needs]):
            desk.changes.waiting[told.event_id] = waiting_key(told.account, needs)
            return True
    return False


def _capture(decision: _Decision, payment_id: UUID) -> None:
    """Book money that arrived: placed at once, receipt and mail reserved."""
    desk = decision.desk
    payment = replace(desk.payment(payment_id), applied_seq=next(decision.seqs))
    desk.keep_payment(payment)
    account, lot = desk.account_of(payment.group), desk.lot(payment_id)
    before = lot.placement()
    account.place(lot, payment.amount_minor)
    came = Leg(
        gateway_account(payment.account), payment.amount_minor, payment.currency, None, None, payment_id
    )
    cause = (CauseType.PAYMENT, payment_id, EntryKind.CAPTURED)
    desk.post(cause, payment_id, before, lot.placement(), [came], POLICY)
    if before.suspense_minor and not lot.suspense_minor:
        desk.changes.healed.append((BreakKind.REFUND_EXCEEDS_PAYMENT, payment_subject(payment_id)))


def _raise_watermark(decision: _Decision, account: str, fact: RefundWatermark) -> None:
    desk = decision.desk
    [payment_id, *_] = desk.find_payment_id(account, [fact.payment])
    payment = desk.payment(payment_id)
    if fact.refunded_minor > payment.watermark_minor and fact.currency == payment.currency:
        desk.keep_payment(replace(payment, watermark_minor=fact.refunded_minor))


def _join_checkout(decision: _Decision, account: str, fact: CheckoutFact) -> None:
    desk = decision.desk
    checkout = desk.books.checkouts.get((account, fact.checkout))
    if checkout is None:
        return
    current = desk.changes.checkouts.get(checkout.id, checkout.status)
    if checkout_advances(current, fact.status):
        desk.changes.checkouts[checkout.id] = fact.status
        desk.audit(f"checkout.{fact.status}", "checkout", checkout.id)


def _join_refund(decision: _Decision, account: str, fact: RefundFact) -> None:
    group = take_refund(decision.desk, account, fact, decision.seqs)
    if group:
        decision.returned.add(group)


def _joined_before(_: _Decision, __: str, ___: PaymentFact) -> None:
    """Payments were joined first: everything else may depend on them."""


HANDLERS: dict[type[Fact], Callable[[_Decision, str, Any], None]] = {
    PaymentFact: _joined_before,
    CheckoutFact: _join_checkout,
    RefundFact: _join_refund,
    RefundWatermark: _raise_watermark,
}
"""What each fact does once all payments of the batch are joined and captured; a test keeps it total."""


def _replay_reattributed(decision: _Decision) -> None:
    """Better evidence arrived for money already placed: both owners' accounts are folded again."""
    groups = {was.group for was in decision.reattributed.values()}
    groups |= {decision.desk.payment(payment_id).group for payment_id in decision.reattributed}
    owners = {payment_id: was.attribution.customer_id for payment_id, was in decision.reattributed.items()}
    _replay(decision.desk, groups, owners)


def _replay(desk: Desk, groups: set[GroupKey], owners: Mapping[UUID, UUID | None]) -> None:
    """Fold whole groups from nothing and post the difference. `owners`: whose a re-attributed payment was.

    Whoever joined a group brings the past of the group it comes from, even if that was nobody's: its refunds.
    """
    known = desk.books.payments
    members = {group: desk.payments_of(group) for group in groups if group[0] is not None}
    joined = {payment.id for payments in members.values() for payment in payments} & known.keys()
    pasts = {known[payment_id].group for payment_id in joined}
    missing = frozenset((members.keys() | pasts) - desk.books.whole_groups)
    if missing:
        raise IncompleteBooks(missing)
    wanted: dict[UUID, Placement] = {}
    for group, payments in members.items():
        refunds = desk.refunds_of({payment.id for payment in payments})
        wanted |= replay(desk.invoices_of(group), payments, refunds)
    for payment_id in sorted(wanted, key=lambda each: desk.payment(each).applied_seq or 0):
        before = desk.placement(payment_id)
        if payment_id in owners:
            before = replace(before, customer_id=owners[payment_id])
        if before.differs(wanted[payment_id]):
            desk.move(payment_id, before, wanted[payment_id], POLICY)


def _settle(desk: Desk, group: GroupKey) -> None:
    account = desk.account_of(group)
    lots = {payment.id: desk.lot(payment.id) for payment in desk.payments_of(group) if payment.credit_minor}
    account.settle(lots.values())
    for payment_id, lot in lots.items():
        before, after = desk.placement(payment_id), lot.placement()
        if before != after:
            desk.move(payment_id, before, after, POLICY)
