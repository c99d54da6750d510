"""Money back. The one call of Razorpay's with an idempotency key (razorpay.com/docs/api/refunds)."""

from datetime import datetime

from bursar.gateways.api.requests import Refund
from bursar.gateways.api.results import RefundAnswer
from bursar.gateways.razorpay.calls import listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.calls.found import find_fact, found
from bursar.gateways.razorpay.claims import CALL
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_object
from bursar.rules.facts import RefundFact
from bursar.rules.states import RefundStatus

KEY_HEADER = "X-Refund-Idempotency"
_SPEED = "normal"
"""Instant refunds cost a fee of their own."""


def refund(client: Client, request: Refund, key: str) -> RefundAnswer:
    """Refund some or all of a captured payment. The same key and body mean the first call.

    One that stands under another key, having arrived late, is the answer too: it is never made twice.
    """
    before = _find(client, request)
    if before:
        return _stands(client, before)
    data = {
        "amount": request.amount_minor,
        "speed": _SPEED,
        "notes": notes.checked(
            {
                notes.REFUND: request.refund,
                notes.EFFECT: request.effect.value,
                CALL: key,
                "reason": request.reason,
            }
        ),
    }
    payment_id = path_id(request.payment, "payment")
    return _stands(
        client, client.call(client.sdk.payment.refund, payment_id, data, headers={KEY_HEADER: key})
    )


def ask_refunded(client: Client, request: Refund, key: str, sent_at: datetime) -> RefundAnswer | None:
    """Look through the refunds of the payment for ours. Nothing is sent again for it."""
    known = _find(client, request, key)
    if known:
        return _stands(client, known)
    check_absence("the refund", sent_at)
    return None


def _find(client: Client, request: Refund, key: str | None = None) -> Entity | None:
    """The refund that names ours and has its amount, unless it failed; or that of this key, in any state."""
    payment_id = path_id(request.payment, "payment")
    for each in listing.entities(client, client.sdk.payment.fetch_multiple_refund, payment_id):
        named = find_object(each.get("notes")).get(notes.REFUND) == request.refund
        if named and each.get("amount") == request.amount_minor and each.get("status") != "failed":
            return each
        if key and notes.is_of(each, key):
            return each
    return None


def _stands(client: Client, entity: Entity) -> RefundAnswer:
    told = found(client, "refund", entity)
    fact = find_fact(told, RefundFact)
    status = fact.status if fact else RefundStatus.PENDING
    return RefundAnswer(refund=get_id(entity), status=status, found=(told,))
