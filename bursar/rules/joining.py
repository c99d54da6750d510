"""What is said of one payment becomes one payment: state by rank, owner by evidence, names by alias."""

from dataclasses import dataclass, field
from uuid import UUID

from bursar.ids import new_id
from bursar.rules.attribution import attribute, payment_subject
from bursar.rules.books import Attempt, Payment
from bursar.rules.breaks import BreakKind
from bursar.rules.desk import Desk
from bursar.rules.evidence import Attribution, Evidence, better
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus, payment_advances


@dataclass(slots=True)
class Joined:
    """What joining found that money must now follow."""

    succeeded: list[UUID] = field(default_factory=list)
    reattributed: dict[UUID, Payment] = field(default_factory=dict)
    """Placed payments that got another owner or purpose, as they were."""


def join_payment(desk: Desk, joined: Joined, account: str, fact: PaymentFact) -> None:
    """Join one fact into its payment: a new alias, a higher state, better evidence."""
    names = [(account, each) for each in (fact.payment, *fact.aliases)]
    meant = list(dict.fromkeys(desk.aliases[name] for name in names if name in desk.aliases))
    if len(meant) > 1:
        desk.open_break(BreakKind.ALIAS_CONFLICT, payment_subject(meant[0]), f"also known as {meant[1]}")
    known = desk.payment(meant[0]) if meant else _new_payment(account, fact)
    for name in names:
        desk.add_alias(name, known.id)
    payment = _advance(desk, joined, known, fact)
    payment = _better_attributed(desk, joined, payment, account, fact)
    payment = _better_spread(desk, joined, payment, fact)
    if payment is not known or not meant:
        desk.keep_payment(payment)
    note_attempt(desk, account, payment.id, fact)


def _new_payment(account: str, fact: PaymentFact) -> Payment:
    return Payment(
        id=new_id(),
        account=account,
        gateway_id=fact.payment,
        status=PaymentStatus.CREATED,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
    )


def _advance(desk: Desk, joined: Joined, payment: Payment, fact: PaymentFact) -> Payment:
    """The payment with the fact's state, if that outranks its own; otherwise the fact is stale."""
    booked, told = (payment.amount_minor, payment.currency), (fact.amount_minor, fact.currency)
    if not payment_advances(payment.status, fact.status):
        note_stale(desk, payment.id, payment.status, fact)
        if fact.status is payment.status is PaymentStatus.SUCCEEDED and told != booked:
            detail = "booked {} {}, told {} {} minor units".format(*booked, *told)
            desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(payment.id), detail)
        return payment
    late = payment.status in {PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.CANCELED}
    desk.audit(f"payment.{fact.status}", "payment", payment.id, late=int(late))
    if fact.status is PaymentStatus.SUCCEEDED:
        joined.succeeded.append(payment.id)
    return payment._replace(
        status=fact.status,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        method=fact.method or payment.method,
        occurred_at=fact.occurred_at or payment.occurred_at,
    )


def _better_attributed(
    desk: Desk, joined: Joined, payment: Payment, account: str, fact: PaymentFact
) -> Payment:
    """The payment with the stronger attribution; money already placed is remembered, to be placed anew."""
    found, odd = attribute(account, fact.claims, desk.books.directory, desk.books.checkouts)
    stronger = better(payment.attribution, found)
    if stronger[2:] != payment.attribution[2:]:
        heal(desk, payment.id, stronger)
        if payment.applied_seq:
            joined.reattributed.setdefault(payment.id, desk.books.payments[payment.id])
            desk.audit("payment.reattributed", "payment", payment.id, evidence=int(stronger.rank))
    for kind, detail in odd:
        if stronger.invoice_id is None or kind is not BreakKind.UNKNOWN_INVOICE:
            desk.open_break(kind, payment_subject(payment.id), detail)
    return payment if stronger == payment.attribution else payment._replace(attribution=stronger)


def _better_spread(desk: Desk, joined: Joined, payment: Payment, fact: PaymentFact) -> Payment:
    """The payment with the components its payer named; of two different wishes the larger text stays.

    Once an operator has ruled, his wish counts alone.
    """
    if payment.attribution.rank is Evidence.OPERATOR:
        return payment
    components = max(payment.components, fact.claims.components)
    if components == payment.components:
        return payment
    if payment.applied_seq:
        joined.reattributed.setdefault(payment.id, desk.books.payments[payment.id])
    return payment if components == payment.components else payment._replace(components=components)


def heal(desk: Desk, payment_id: UUID, attribution: Attribution) -> None:
    """Close what better evidence has answered: whose money it is, and for which invoice."""
    if payment_id not in desk.books.payments and not desk.changes.breaks:
        return  # told of for the first time, and nothing was asked about it yet
    answered = {
        BreakKind.UNIDENTIFIED_PAYMENT: attribution.customer_id,
        BreakKind.UNKNOWN_INVOICE: attribution.invoice_id,
    }
    subject = payment_subject(payment_id)
    desk.changes.healed.extend((kind, subject) for kind, answer in answered.items() if answer)


def note_stale(desk: Desk, payment_id: UUID, status: PaymentStatus, fact: PaymentFact) -> None:
    """What was told later than it happened is kept for whoever asks, without effect."""
    if fact.status != status:
        desk.audit("payment.stale", "payment", payment_id, state=status, told=fact.status)


def note_attempt(desk: Desk, account: str, payment_id: UUID, fact: PaymentFact) -> None:
    """What is said of one attempt, joined as the writer joins it with what is stored: order cannot matter."""
    if fact.attempt is None:
        return
    key = (account, fact.attempt)
    known = desk.changes.attempts.get(key)
    times = [time for time in (fact.occurred_at, known.occurred_at if known else None) if time]
    desk.changes.attempts[key] = Attempt(
        account=account,
        external_id=key[1],
        payment_id=known.payment_id if known else payment_id,
        succeeded=fact.status is PaymentStatus.SUCCEEDED or (known is not None and known.succeeded),
        decline_code=max(fact.decline_code or "", (known.decline_code if known else None) or "") or None,
        occurred_at=min(times, default=None),
    )
