"""The ways to pay that a customer saved at Stripe."""

from collections.abc import Sequence
from typing import Any

from stripe import StripeClient

from bursar.gateways.api.results import PaymentMethod
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, read_page
from bursar.gateways.stripe.customers import payment_method_fact
from bursar.gateways.stripe.news import News


def list_payment_methods(client: StripeClient, customer: str) -> Sequence[PaymentMethod]:
    """Newest first, as Stripe lists them; a page of them, for nobody chooses among more.

    Raises GatewayRefused (not_found) for a customer Stripe does not know.
    """
    page = read_page(lambda: client.v1.payment_methods.list({"customer": customer, "limit": PAGE_SIZE}))
    return tuple(_payment_method(thing) for thing in page.things)


def _payment_method(thing: dict[str, Any]) -> PaymentMethod:
    """Read as its events are, so that nothing gets in that could identify a card."""
    shown = News(type="payment_method.attached", thing=thing, previous={}, occurred_at=None)
    fact = payment_method_fact(shown)
    name = fact.brand or fact.type or "saved"
    year, month = fact.expires or (None, None)
    return PaymentMethod(
        payment_method=fact.method,
        kind=fact.type or "unknown",
        label=f"{name} •••• {fact.last4}" if fact.last4 else name,
        expires=f"{year:04}-{month:02}" if year and month else None,
    )
