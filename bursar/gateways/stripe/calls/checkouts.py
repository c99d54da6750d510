"""Stripe's hosted page: a Checkout Session for one amount."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stripe import StripeClient

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.money import check_charge
from bursar.gateways.api.requests import CreateCheckout, ExpireCheckout
from bursar.gateways.api.results import CheckoutExpired, CheckoutOpened
from bursar.gateways.shapes import find_time
from bursar.gateways.stripe.amounts import stripe_amount
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, write
from bursar.gateways.stripe.calls.lookup import Lookup, find_made
from bursar.gateways.stripe.calls.metadata import metadata_of
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.fetch.objects import as_of_now, current

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionListParams

LIFETIME_MIN = timedelta(minutes=30)
"""Stripe lets nobody close a page earlier, counted by its own clock (api/checkout/sessions/create)."""
CLOCK_SLACK = timedelta(seconds=60)
"""How far Stripe's clock may be ahead of ours before it refuses the shortest lifetime."""
LIFETIME_MAX = timedelta(hours=24)
_SESSION = "checkout.session"
_OPEN, _COMPLETE = "open", "complete"


def create(client: StripeClient, request: CreateCheckout, key: str) -> CheckoutOpened:
    """Open a page. It closes when asked, but no earlier than 31 minutes and no later than a day from now."""
    check_charge("stripe", request.amount_minor, request.currency)
    params = _params(request, key, utc_now())
    made = write(lambda: client.v1.checkout.sessions.create(params, {"idempotency_key": key}))
    return _opened(as_of_now(client, made))


def find(client: StripeClient, request: CreateCheckout, lookup: Lookup) -> CheckoutOpened | None:
    """The session that a call opened, whatever has become of it since."""
    params: SessionListParams = {
        "created": {"gte": lookup.since_s, "lte": lookup.until_s},
        "limit": PAGE_SIZE,
    }
    if request.customer:
        params["customer"] = request.customer
    made = find_made(lambda: client.v1.checkout.sessions.list(params), lookup)
    return None if made is None else _opened(made)


def expire(client: StripeClient, request: ExpireCheckout, key: str) -> CheckoutExpired:
    """Close a page. One that was paid or had expired before is no failure: the result says which."""
    try:
        closed = write(
            lambda: client.v1.checkout.sessions.expire(request.checkout, {}, {"idempotency_key": key})
        )
    except GatewayRefused as refused:
        if refused.failure.code is not FailureCode.INVALID:
            raise
        standing = current(client, _SESSION, request.checkout)
        if standing.thing.get("status") == _OPEN:
            raise
        return _expired(standing)
    return _expired(as_of_now(client, closed))


def find_expired(
    client: StripeClient,
    request: ExpireCheckout,
    lookup: Lookup,  # noqa: ARG001  the page itself tells
) -> CheckoutExpired | None:
    """How the page stands; None while it can be paid."""
    standing = current(client, _SESSION, request.checkout)
    return None if standing.thing.get("status") == _OPEN else _expired(standing)


def _params(request: CreateCheckout, key: str, now: datetime) -> "SessionCreateParams":
    # Stripe copies metadata of a session to nothing: the intent's own is what its events carry.
    metadata = metadata_of(key, request.purpose)
    currency = request.currency.lower()
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": request.checkout,
        "expires_at": int(_closes_at(request.expires_at, now).timestamp()),
        "success_url": _with_session_id(request.return_url),
        "cancel_url": request.cancel_url,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": stripe_amount(request.amount_minor, request.currency),
                    "product_data": {"name": request.description},
                },
            }
        ],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": request.description},
    }
    if request.customer:
        params["customer"] = request.customer
    elif request.email:
        params["customer_email"] = request.email
    return params


def _closes_at(wanted: datetime, now: datetime) -> datetime:
    """The wanted time, within what Stripe allows. Clamped times differ from call to call: `ask` knows."""
    return min(max(wanted, now + LIFETIME_MIN + CLOCK_SLACK), now + LIFETIME_MAX - CLOCK_SLACK)


def _with_session_id(url: str) -> str:
    """Stripe puts the id where its placeholder stands."""
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=f"{query}session_id={{CHECKOUT_SESSION_ID}}").geturl()


def _opened(made: Answered) -> CheckoutOpened:
    """The page; once it is closed it has no address, and what became of it is found."""
    return CheckoutOpened(
        checkout=made.id,
        url=str(made.thing.get("url") or ""),
        expires_at=find_time(made.thing.get("expires_at")),
        found=() if made.thing.get("status") == _OPEN else (found_in(made),),
    )


def _expired(closed: Answered) -> CheckoutExpired:
    paid = closed.thing.get("status") == _COMPLETE
    return CheckoutExpired(checkout=closed.id, paid=paid, found=(found_in(closed),))
