"""Payments through Stripe's intents: begun, confirmed, charged while the payer is away, captured."""

from typing import TYPE_CHECKING, Any

from stripe import StripeClient

from bursar.gateways.api.money import check_charge
from bursar.gateways.api.requests import Capture, Charge, ConfirmIntent, CreateIntent
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.shapes import find_identifier, find_object, find_reference
from bursar.gateways.stripe.amounts import stripe_amount
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, write
from bursar.gateways.stripe.calls.failures import declined
from bursar.gateways.stripe.calls.lookup import Lookup, find_made
from bursar.gateways.stripe.calls.metadata import metadata_of
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.fetch.objects import PAID, as_of_now, current
from bursar.rules.states import PaymentStatus

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams

_INTENT = "payment_intent"
_WAITS_FOR_METHOD = "requires_payment_method"
_STATES = {
    _WAITS_FOR_METHOD: PaymentStatus.CREATED,
    "requires_confirmation": PaymentStatus.CREATED,
    "requires_action": PaymentStatus.REQUIRES_ACTION,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.AUTHORIZED,
    "canceled": PaymentStatus.CANCELED,
    "succeeded": PaymentStatus.SUCCEEDED,
}


def create(client: StripeClient, request: CreateIntent, key: str) -> PaymentAnswer:
    """Begin a payment; the host's page confirms it with the client secret."""
    params = _common(request, metadata_of(key, request.purpose, bursar_checkout=request.checkout))
    params["automatic_payment_methods"] = {"enabled": True}
    if request.customer:
        params["customer"] = request.customer
    if not request.capture:
        params["capture_method"] = "manual"
    return _made(client, params, key)


def charge(client: StripeClient, request: Charge, key: str) -> PaymentAnswer:
    """Collect now. Raises GatewayRefused (declined, action_required) with the intent it was tried on."""
    params = _common(request, metadata_of(key, request.purpose, bursar_charge=request.charge))
    params["customer"] = request.customer
    params["payment_method"] = request.payment_method
    params["confirm"] = True
    params["off_session"] = True
    # Nobody is there to be sent to another site; without this Stripe wants to know where he would return.
    params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
    return _made(client, params, key)


def find(client: StripeClient, request: CreateIntent | Charge, lookup: Lookup) -> PaymentAnswer | None:
    """The intent that a call made. Raises GatewayRefused for a charge that was declined, as it would."""
    params: PaymentIntentListParams = {
        "created": {"gte": lookup.since_s, "lte": lookup.until_s},
        "limit": PAGE_SIZE,
        "expand": [f"data.{path}" for path in PAID],
    }
    if request.customer:
        params["customer"] = request.customer
    made = find_made(lambda: client.v1.payment_intents.list(params), lookup)
    if made is None:
        return None
    if isinstance(request, Charge):
        _refuse_declined(made)
    return _answer(made)


def confirm(client: StripeClient, request: ConfirmIntent, key: str) -> PaymentAnswer:
    """Try to collect what was begun."""
    confirmed = write(
        lambda: client.v1.payment_intents.confirm(
            request.payment,
            {"payment_method": request.payment_method, "return_url": request.return_url, "expand": PAID},
            {"idempotency_key": key},
        )
    )
    return _answer(as_of_now(client, confirmed))


def find_confirmed(
    client: StripeClient,
    request: ConfirmIntent,
    lookup: Lookup,  # noqa: ARG001  the intent itself tells
) -> PaymentAnswer | None:
    """How the intent stands; None when nobody tried this way to pay."""
    standing = current(client, _INTENT, request.payment)
    error = _last_error(standing)
    if find_reference(error.get("payment_method")) == request.payment_method:
        _refuse_declined(standing)
    return None if _status(standing) is PaymentStatus.CREATED else _answer(standing)


def capture(client: StripeClient, request: Capture, key: str) -> PaymentAnswer:
    """Take authorised money."""
    check_charge("stripe", request.amount_minor, request.currency)
    amount = stripe_amount(request.amount_minor, request.currency)
    captured = write(
        lambda: client.v1.payment_intents.capture(
            request.payment, {"amount_to_capture": amount, "expand": PAID}, {"idempotency_key": key}
        )
    )
    return _answer(as_of_now(client, captured))


def find_captured(
    client: StripeClient,
    request: Capture,
    lookup: Lookup,  # noqa: ARG001  the intent itself tells
) -> PaymentAnswer | None:
    """How the intent stands; None while its money is only held."""
    standing = current(client, _INTENT, request.payment)
    return None if _status(standing) is PaymentStatus.AUTHORIZED else _answer(standing)


def _common(request: CreateIntent | Charge, metadata: dict[str, str]) -> "PaymentIntentCreateParams":
    check_charge("stripe", request.amount_minor, request.currency)
    return {
        "amount": stripe_amount(request.amount_minor, request.currency),
        "currency": request.currency.lower(),
        "description": request.description,
        "metadata": metadata,
        "expand": PAID,
    }


def _made(client: StripeClient, params: "PaymentIntentCreateParams", key: str) -> PaymentAnswer:
    made = write(lambda: client.v1.payment_intents.create(params, {"idempotency_key": key}))
    return _answer(as_of_now(client, made))


def _answer(answered: Answered) -> PaymentAnswer:
    thing = answered.thing
    status = _status(answered)
    url = find_object(find_object(thing.get("next_action")).get("redirect_to_url")).get("url")
    return PaymentAnswer(
        payment=answered.id,
        status=PaymentStatus.FAILED if status is PaymentStatus.CREATED and _last_error(answered) else status,
        client_secret=find_identifier(thing.get("client_secret")),
        action_url=url if isinstance(url, str) else None,
        found=() if status is PaymentStatus.CREATED and not _last_error(answered) else (found_in(answered),),
    )


def _status(answered: Answered) -> PaymentStatus:
    """A word of Stripe's that we do not know is no answer: the webhook of it will wait for a person."""
    return _STATES.get(str(answered.thing.get("status")), PaymentStatus.UNKNOWN)


def _last_error(answered: Answered) -> dict[str, Any]:
    return find_object(answered.thing.get("last_payment_error"))


def _refuse_declined(answered: Answered) -> None:
    if answered.thing.get("status") == _WAITS_FOR_METHOD and (error := _last_error(answered)):
        raise declined(error, answered.id)
