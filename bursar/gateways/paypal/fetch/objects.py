"""One object as it is now, by the word that events and `NeedsFetch` use for its kind."""

from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.requests import REFUNDS_OF_PAYMENT, Fetch
from bursar.gateways.api.results import Fetched, Found
from bursar.gateways.paypal.calls.answers import found
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.calls.orders import fetch_order, find_made, order_of
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import find_payment_link

PATHS = {
    Kind.CAPTURE: "/v2/payments/captures",
    Kind.REFUND: "/v2/payments/refunds",
    Kind.REVERSAL: "/v2/payments/refunds",
    Kind.ORDER: "/v2/checkout/orders",
    Kind.SALE: "/v1/payments/sale",
    Kind.SALE_REFUND: "/v1/payments/refund",
    Kind.SALE_REVERSAL: "/v1/payments/refund",
    Kind.SUBSCRIPTION: "/v1/billing/subscriptions",
    Kind.DISPUTE: "/v1/customer/disputes",
}


def fetch(client: Client, kind: str, object_id: str) -> Found:
    """One object. Raises GatewayRefused (not_found, unsupported)."""
    try:
        known = Kind(kind)
    except ValueError:
        raise unsupported(
            "PayPal", f"fetching of a {kind[:40]}", f"it can be one of {', '.join(Kind)}"
        ) from None
    return found(client, known, client.get(f"{PATHS[known]}/{path_id(object_id, 'object_id')}"))


def answer_fetch(client: Client, request: Fetch, key: str) -> Fetched:  # noqa: ARG001  reading needs no key
    """The same as an answer to a request."""
    if request.kind == REFUNDS_OF_PAYMENT:
        return Fetched(found=_refunds_of(client, request.object_id))
    return Fetched(found=(fetch(client, request.kind, request.object_id),))


def _refunds_of(client: Client, payment: str) -> tuple[Found, ...]:
    """Every refund of a capture, as its order lists them; what PayPal took back by itself is no refund."""
    related = order_of(client.get(f"{PATHS[Kind.CAPTURE]}/{path_id(payment, 'object_id')}"))
    if related is None:
        raise unsupported("PayPal", "list of these refunds", "fetch each by its id: the payment has no order")
    listed = find_made(fetch_order(client, related), "refunds")
    return tuple(found(client, Kind.REFUND, each) for each in listed if find_payment_link(each) == payment)


def find_fetched(client: Client, request: Fetch, lost: Lost) -> Fetched:
    """Ask again."""
    return answer_fetch(client, request, lost.key)
