"""A hosted page: an order that its payer approves at PayPal, and that we capture afterwards.

An order cannot be closed, and needs no closing: approving moves no money, and whoever captures does so only
while the checkout is still wanted (approvals.py).
"""

from bursar.gateways.api.requests import CreateCheckout, ExpireCheckout
from bursar.gateways.api.results import CheckoutExpired, CheckoutOpened
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.answers import found, get_id
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.calls.orders import PATH, order_data, order_path, page_of
from bursar.gateways.paypal.kinds import Kind

_PAID = "COMPLETED"
"""The state of an order that was captured."""


def create(client: Client, request: CreateCheckout, key: str) -> CheckoutOpened:
    """Make the order. Its payer has three hours to come, and from then three to approve, in which we must
    capture too (orders/v2, `links`; an account may have agreed on up to 72). The answer does not say when.
    """
    wallet: dict[str, object] = {
        "experience_context": {
            "return_url": request.return_url,
            "cancel_url": request.cancel_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
    }
    if request.email:
        wallet["email_address"] = request.email
    data = order_data(
        own_id=request.checkout,
        purpose=request.purpose,
        amount_minor=request.amount_minor,
        currency=request.currency,
        description=request.description,
    )
    order = client.post(PATH, {**data, "payment_source": {"paypal": wallet}}, key)
    url = page_of(order)
    if url is None:
        raise failures.garbled("has no link for the payer", write=True)
    return CheckoutOpened(checkout=get_id(order), url=url, expires_at=None)


def expire(client: Client, request: ExpireCheckout, key: str) -> CheckoutExpired:  # noqa: ARG001  it only reads
    """Say whether it was paid; if not, it never will be unless we capture it. One that lapsed is gone."""
    order = client.find(order_path(request.checkout)) or {}
    paid = order.get("status") == _PAID
    return CheckoutExpired(
        checkout=request.checkout, paid=paid, found=(found(client, Kind.ORDER, order),) if paid else ()
    )


def find_expired(client: Client, request: ExpireCheckout, lost: Lost) -> CheckoutExpired:
    """The same: it was never more than a look."""
    return expire(client, request, lost.key)
