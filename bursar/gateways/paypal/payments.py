"""What a fetched capture (v2), or a sale (v1, how subscriptions are paid), says: money that came in."""

from datetime import datetime

from bursar.gateways.paypal.amounts import get_money, get_signed_money
from bursar.gateways.paypal.balance import payment_balance
from bursar.gateways.paypal.claims import Context, claims_of
from bursar.gateways.paypal.things import (
    NO_MONEY,
    Thing,
    changed_at,
    find_id,
    find_moment,
    get_id,
    get_state,
)
from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_object, find_word
from bursar.rules.facts import Fact, PaymentFact
from bursar.rules.states import PaymentStatus

_STATES = {
    "COMPLETED": PaymentStatus.SUCCEEDED,
    # What went back had come first; the refund or reversal is told by an object of its own.
    "PARTIALLY_REFUNDED": PaymentStatus.SUCCEEDED,
    "REFUNDED": PaymentStatus.SUCCEEDED,
    "REVERSED": PaymentStatus.SUCCEEDED,
    "PENDING": PaymentStatus.PROCESSING,
    "DECLINED": PaymentStatus.FAILED,
    "DENIED": PaymentStatus.FAILED,
    "FAILED": PaymentStatus.FAILED,
}
_TAKEN_BACK = frozenset({"PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"})


def read_capture(capture: Thing) -> Reading:
    """One capture, and the order it belongs to where it names it."""
    related = find_object(find_object(capture.get("supplementary_data")).get("related_ids"))
    return payment_facts(capture, Context(order=find_id(related.get("order_id"))), "capture") or NO_MONEY


def read_sale(sale: Thing) -> Reading:
    """One sale."""
    return payment_facts(sale, Context(order=find_id(sale.get("parent_payment"))), "sale") or NO_MONEY


def payment_facts(thing: Thing, context: Context, path: str) -> tuple[Fact, ...]:
    """The payment with its fee and exchange; nothing where no money moves (a free trial)."""
    if get_signed_money(thing, "amount", path)[0] == 0:
        return ()
    amount_minor, currency = get_money(thing, "amount", path)
    status = get_state(thing, _STATES, path)
    payment = get_id(thing, "id", path)
    fact = PaymentFact(
        status=status,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=_happened_at(thing),
        claims=claims_of(thing, context),
        method="paypal",
        attempt=payment,
        decline_code=_decline_code(thing) if status is PaymentStatus.FAILED else None,
    )
    return (fact, *payment_balance(fact, thing)) if status is PaymentStatus.SUCCEEDED else (fact,)


def _happened_at(thing: Thing) -> datetime | None:
    """A pending payment is completed later; one that was refunded since was last changed by the refund."""
    word = thing.get("status", thing.get("state"))
    if isinstance(word, str) and word.upper() in _TAKEN_BACK:
        return find_moment(thing.get("create_time"))
    return changed_at(thing)


def _decline_code(thing: Thing) -> str | None:
    """PayPal's reason, else the card processor's code."""
    reason = find_object(thing.get("status_details")).get("reason") or thing.get("reason_code")
    return find_word(reason) or find_word(find_object(thing.get("processor_response")).get("response_code"))
