"""One object as it is now, with whatever our readers want of it expanded."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from stripe import StripeClient

from bursar.gateways.api.failures import (
    Failure,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    OutcomeUnknown,
    unsupported,
)
from bursar.gateways.api.requests import REFUNDS_OF_PAYMENT, Fetch
from bursar.gateways.api.results import Fetched, Found
from bursar.gateways.shapes import find_identifier
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, read, read_each
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.kinds import CHARGE_PREFIXES

if TYPE_CHECKING:
    from stripe.params import RefundListParams

PAID = ["latest_charge.balance_transaction"]
"""Of an intent: the charge that took the money, with its fee and exchange."""
REFUNDED = ["balance_transaction", "failure_balance_transaction"]
FIRST_INVOICE = ["latest_invoice.confirmation_secret"]
"""Of a subscription: what the payer's page needs to pay the first period."""

_RETRIEVE: dict[str, Callable[[StripeClient, str], Any]] = {
    "payment_intent": lambda client, id_: client.v1.payment_intents.retrieve(id_, {"expand": PAID}),
    "charge": lambda client, id_: client.v1.charges.retrieve(id_, {"expand": ["balance_transaction"]}),
    "refund": lambda client, id_: client.v1.refunds.retrieve(id_, {"expand": REFUNDED}),
    "checkout.session": lambda client, id_: client.v1.checkout.sessions.retrieve(
        id_, {"expand": ["payment_intent.latest_charge"]}
    ),
    "subscription": lambda client, id_: client.v1.subscriptions.retrieve(id_, {"expand": FIRST_INVOICE}),
    "invoice": lambda client, id_: client.v1.invoices.retrieve(id_, {"expand": ["payments"]}),
    "invoice_payment": lambda client, id_: client.v1.invoice_payments.retrieve(id_, {"expand": ["invoice"]}),
    "customer": lambda client, id_: client.v1.customers.retrieve(id_),
    "payment_method": lambda client, id_: client.v1.payment_methods.retrieve(id_),
    "dispute": lambda client, id_: client.v1.disputes.retrieve(id_),
    "payout": lambda client, id_: client.v1.payouts.retrieve(id_),
    "radar.early_fraud_warning": lambda client, id_: client.v1.radar.early_fraud_warnings.retrieve(id_),
}
"""By what Stripe calls the kind in `object`."""
KINDS = frozenset(_RETRIEVE)


def fetch(client: StripeClient, kind: str, object_id: str) -> Found:
    """One object for the inbox. Raises GatewayRefused (not_found, or unsupported for an unknown kind)."""
    return found_in(current(client, kind, object_id))


def answer_fetch(client: StripeClient, request: Fetch, _key: object) -> Fetched:
    """The same as a call that stands in a row; asking what became of it is asking again."""
    if request.kind == REFUNDS_OF_PAYMENT:
        return Fetched(found=tuple(_refunds_of(client, request.object_id)))
    return Fetched(found=(fetch(client, request.kind, request.object_id),))


def current(client: StripeClient, kind: str, object_id: str) -> Answered:
    """One object as it is now."""
    retrieve = _RETRIEVE.get(kind)
    if retrieve is None:
        raise unsupported("Stripe", f"object {kind!r} that Bursar fetches", ", ".join(sorted(KINDS)))
    if find_identifier(object_id) is None:  # an empty one would list all there are
        raise GatewayRefused(Failure(code=FailureCode.NOT_FOUND, message=f"no id of a {kind}"))
    return read(lambda: retrieve(client, object_id))


def _refunds_of(client: StripeClient, payment: str) -> Iterator[Found]:
    """Every refund of an intent, or of a charge that has none."""
    if find_identifier(payment) is None:
        raise GatewayRefused(Failure(code=FailureCode.NOT_FOUND, message="no id of a payment"))
    params: RefundListParams = {"limit": PAGE_SIZE, "expand": [f"data.{each}" for each in REFUNDED]}
    if payment.startswith(CHARGE_PREFIXES):
        params["charge"] = payment
    else:
        params["payment_intent"] = payment
    for answered in read_each(lambda: client.v1.refunds.list(params)):
        yield found_in(answered)


def as_of_now(client: StripeClient, answered: Answered) -> Answered:
    """The object as it is now, where the answer to a write was one kept from an earlier call.

    The write happened: if the object cannot be read, the outcome is what is unknown.
    """
    if not answered.replayed:
        return answered
    try:
        return current(client, str(answered.thing.get("object")), answered.id)
    except (GatewayAway, GatewayRefused) as lost:
        raise OutcomeUnknown(lost.failure) from None
