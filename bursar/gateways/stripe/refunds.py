"""What a refund says, alone or listed in its charge."""

from datetime import datetime
from typing import Any

from bursar.gateways.protocol import Ignored, Reading, Unreadable
from bursar.gateways.shapes import find_effect, find_object, find_reference, find_word, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.gateways.stripe.balance import balance_facts
from bursar.gateways.stripe.news import AT, News, expect_word, state_of
from bursar.rules.facts import ConversionFact, FeeFact, RefundFact
from bursar.rules.states import RefundStatus

_REFUND_STATES = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}
_UNDONE = frozenset({"failed", "canceled"})


def read_refund(news: News) -> Reading:
    """One refund, under its own id: `charge.refund.updated` is the old twin of `refund.updated`."""
    refund = news.thing
    if news.type == "refund.failed":
        expect_word(refund, "status", _UNDONE)
    if _only_released(refund):
        return Ignored(reason="authorization released")
    payment = find_reference(refund.get("payment_intent")) or find_reference(refund.get("charge"))
    if payment is None:
        raise Unreadable(f"{AT} names neither a payment_intent nor a charge")
    return refund_facts(refund, payment, news.occurred_at, AT)


def refund_facts(
    refund: dict[str, Any], payment: str, occurred_at: datetime | None, path: str
) -> tuple[RefundFact | FeeFact | ConversionFact, ...]:
    """The refund's state, and what its expanded balance transactions tell of fees and exchanges."""
    status = state_of(refund, _REFUND_STATES, "a refund", path)
    currency = iso_currency(refund, path)
    fact = RefundFact(
        status=status,
        refund=get_identifier(refund.get("id"), f"{path}.id"),
        payment=payment,
        amount_minor=iso_amount(refund, "amount", currency, path),
        currency=currency,
        occurred_at=occurred_at,
        reason=find_word(refund.get("failure_reason")) or find_word(refund.get("reason")),
        effect=find_effect(find_object(refund.get("metadata"))),
    )
    moved = {"balance_transaction": -fact.amount_minor, "failure_balance_transaction": fact.amount_minor}
    return (
        fact,
        *(
            booked
            for field, moved_minor in moved.items()
            for booked in balance_facts(
                refund.get(field),
                about=fact.refund,
                moved_minor=moved_minor,
                currency=currency,
                occurred_at=occurred_at,
                path=f"{path}.{field}",
            )
        ),
    )


def _only_released(refund: dict[str, Any]) -> bool:
    """Whether the money was only held, never taken. Seen where the charge or the intent is expanded."""
    charge, intent = find_object(refund.get("charge")), find_object(refund.get("payment_intent"))
    return charge.get("captured") is False or (
        intent.get("status") == "canceled" and intent.get("amount_received") == 0
    )
