"""A payment that the host's own page confirms: an order, and the capture of what was only authorised."""

from datetime import datetime

from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.requests import Capture, ConfirmIntent, CreateIntent
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.razorpay.calls import listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.calls.found import found, payment_status
from bursar.gateways.razorpay.entities import Entity
from bursar.rules.states import PaymentStatus


def create(client: Client, request: CreateIntent, key: str) -> PaymentAnswer:
    """Make the order. The host's page opens it with the public key id; there is no other secret.

    What the payer reads and who it is, the page says: an order has no place for it.
    """
    data = {
        "amount": request.amount_minor,
        "currency": request.currency,
        "receipt": request.checkout,
        "payment_capture": request.capture,
        "notes": notes.notes_of(request.purpose, key),
    }
    return _begun(client.call(client.sdk.order.create, data))


def ask_created(client: Client, request: CreateIntent, key: str, sent_at: datetime) -> PaymentAnswer | None:
    """Look the order up by our receipt, which Razorpay does not keep unique, and by the key of the call."""
    orders = listing.entities(client, client.sdk.order.all, query={"receipt": request.checkout})
    order = next((each for each in orders if notes.is_of(each, key)), None)
    if order:
        return _begun(order)
    check_absence("the order", sent_at)
    return None


def confirm(client: Client, request: ConfirmIntent, key: str) -> PaymentAnswer:  # noqa: ARG001  is never sent
    """Not here: only the payer's device can."""
    raise _cannot_confirm()


def ask_confirmed(
    client: Client,  # noqa: ARG001  is never sent
    request: ConfirmIntent,  # noqa: ARG001
    key: str,  # noqa: ARG001
    sent_at: datetime,  # noqa: ARG001
) -> PaymentAnswer | None:
    """It was never sent, so it certainly did not act."""
    return None


def capture(client: Client, request: Capture, key: str) -> PaymentAnswer:  # noqa: ARG001  has no key
    """Take what was authorised. Razorpay wants the amount and currency of the authorisation."""
    payment_id = path_id(request.payment, "payment")
    # The SDK writes the amount into a dictionary that all calls share unless it is given one.
    data = {"currency": request.currency}
    payment = client.call(client.sdk.payment.capture, payment_id, request.amount_minor, data)
    return _stands(client, payment)


def ask_captured(
    client: Client,
    request: Capture,
    key: str,  # noqa: ARG001  capturing has no key: a payment is captured once
    sent_at: datetime,
) -> PaymentAnswer | None:
    """Whether the payment is captured by now."""
    payment = client.call(client.sdk.payment.fetch, path_id(request.payment, "payment"))
    if payment_status(client, payment) is PaymentStatus.SUCCEEDED:
        return _stands(client, payment)
    check_absence("the capture", sent_at)
    return None


def _begun(order: Entity) -> PaymentAnswer:
    return PaymentAnswer(payment=get_id(order), status=PaymentStatus.CREATED)


def _stands(client: Client, payment: Entity) -> PaymentAnswer:
    return PaymentAnswer(
        payment=get_id(payment),
        status=payment_status(client, payment),
        found=(found(client, "payment", payment),),
    )


def _cannot_confirm() -> Exception:
    return unsupported(
        "Razorpay",
        "confirming of an order",
        "open the order in Checkout on the payer's device, and charge a token",
    )
