"""What a fetched refund says, and a reversal: money that PayPal took back, written like a refund."""

from bursar.gateways.paypal.amounts import get_signed_money
from bursar.gateways.paypal.balance import refund_balance
from bursar.gateways.paypal.things import (
    Thing,
    changed_at,
    find_id,
    find_payment_link,
    get_id,
    get_state,
)
from bursar.gateways.protocol import Reading, Unreadable
from bursar.gateways.shapes import find_object, find_word
from bursar.rules.facts import DisputeFact, DisputeFundsFact, Fact, RefundFact
from bursar.rules.states import DisputeStatus, FundsDirection, RefundStatus

_REFUNDS = {
    "PENDING": RefundStatus.PENDING,
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.CANCELED,
}
_REVERSALS = {
    "PENDING": DisputeStatus.UNDER_REVIEW,
    "COMPLETED": DisputeStatus.LOST,
    "FAILED": DisputeStatus.CLOSED,
    "CANCELLED": DisputeStatus.CLOSED,
}
_MOVED = {
    DisputeStatus.LOST: (FundsDirection.WITHDRAWN,),
    # Whether it had been taken before is not said; out and back again comes to nothing either way.
    DisputeStatus.CLOSED: (FundsDirection.WITHDRAWN, FundsDirection.REINSTATED),
}


def read_refund(refund: Thing) -> Reading:
    """One refund (v2 or v1), and what came back of the fee."""
    amount_minor, currency = _money(refund, "refund")
    status = get_state(refund, _REFUNDS, "refund")
    fact = RefundFact(
        status=status,
        refund=get_id(refund, "id", "refund"),
        payment=_payment(refund, "refund"),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=changed_at(refund),
        reason=find_word(find_object(refund.get("status_details")).get("reason"))
        or find_word(refund.get("reason_code")),
    )
    return (fact, *refund_balance(fact, refund)) if status is RefundStatus.SUCCEEDED else (fact,)


def read_reversal(reversal: Thing) -> Reading:
    """A chargeback or bank return that PayPal took from us: a lost dispute under the reversal's own id."""
    amount_minor, currency = _money(reversal, "reversal")
    dispute = DisputeFact(
        status=get_state(reversal, _REVERSALS, "reversal"),
        dispute=get_id(reversal, "id", "reversal"),
        payment=_payment(reversal, "reversal"),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=changed_at(reversal),
        reason=find_word(reversal.get("reason_code")),
    )
    return (dispute, *_funds(dispute))


def _funds(dispute: DisputeFact) -> tuple[Fact, ...]:
    return tuple(
        DisputeFundsFact(
            movement=f"{dispute.dispute}:{direction}",
            direction=direction,
            dispute=dispute.dispute,
            payment=dispute.payment,
            amount_minor=dispute.amount_minor,
            currency=dispute.currency,
            occurred_at=dispute.occurred_at,
        )
        for direction in _MOVED.get(dispute.status, ())
    )


def _money(thing: Thing, path: str) -> tuple[int, str]:
    """v1 writes what goes back below 0, v2 above."""
    minor, currency = get_signed_money(thing, "amount", path)
    if not minor:
        raise Unreadable(f"{path}.amount must not be 0")
    return abs(minor), currency


def _payment(thing: Thing, path: str) -> str:
    """v2 only links to its capture; v1 names it."""
    payment = find_id(thing.get("capture_id")) or find_id(thing.get("sale_id")) or find_payment_link(thing)
    if payment is None:
        raise Unreadable(f"{path}.links must lead up to a capture or sale")
    return payment
