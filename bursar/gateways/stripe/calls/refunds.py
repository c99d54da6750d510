"""Money that goes back through Stripe."""

from typing import TYPE_CHECKING

from stripe import StripeClient

from bursar.gateways.api.money import check_charge
from bursar.gateways.api.requests import Refund
from bursar.gateways.api.results import RefundAnswer
from bursar.gateways.stripe.amounts import stripe_amount
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, write
from bursar.gateways.stripe.calls.lookup import Lookup, find_made
from bursar.gateways.stripe.calls.metadata import metadata_of
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.fetch.objects import REFUNDED, as_of_now
from bursar.gateways.stripe.kinds import CHARGE_PREFIXES
from bursar.rules.states import RefundStatus

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams, RefundListParams

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
"""The only ones Stripe takes; another code word is kept as metadata."""
_STATES = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}


def create(client: StripeClient, request: Refund, key: str) -> RefundAnswer:
    """Give back this amount of one payment."""
    check_charge("stripe", request.amount_minor, request.currency)
    known = request.reason in _REASONS
    metadata = metadata_of(
        key,
        bursar_refund=request.refund,
        bursar_effect=request.effect.value,
        bursar_reason=None if known else request.reason,
    )
    params: RefundCreateParams = {
        "amount": stripe_amount(request.amount_minor, request.currency),
        "metadata": metadata,
        "expand": REFUNDED,
    }
    if request.payment.startswith(CHARGE_PREFIXES):
        params["charge"] = request.payment
    else:
        params["payment_intent"] = request.payment
    if known and request.reason:
        params["reason"] = request.reason
    made = write(lambda: client.v1.refunds.create(params, {"idempotency_key": key}))
    return _answer(as_of_now(client, made))


def find(client: StripeClient, request: Refund, lookup: Lookup) -> RefundAnswer | None:
    """The refund that a call made, among those of its payment."""
    params: RefundListParams = {
        "limit": PAGE_SIZE,
        "expand": [f"data.{path}" for path in REFUNDED],
    }
    if request.payment.startswith(CHARGE_PREFIXES):
        params["charge"] = request.payment
    else:
        params["payment_intent"] = request.payment
    made = find_made(lambda: client.v1.refunds.list(params), lookup)
    return None if made is None else _answer(made)


def _answer(made: Answered) -> RefundAnswer:
    status = _STATES.get(str(made.thing.get("status")), RefundStatus.UNKNOWN)
    return RefundAnswer(refund=made.id, status=status, found=(found_in(made),))
