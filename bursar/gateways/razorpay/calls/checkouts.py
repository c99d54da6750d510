"""A hosted page: Razorpay's payment link. It has no idempotency key; our reference is unique instead."""

from datetime import UTC, datetime, timedelta

from bursar.clock import utc_now
from bursar.gateways.api.failures import GatewayRefused, unsupported
from bursar.gateways.api.requests import CreateCheckout, ExpireCheckout
from bursar.gateways.api.results import CheckoutExpired, CheckoutOpened
from bursar.gateways.razorpay.calls import failures, listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.razorpay.fetch import objects
from bursar.gateways.shapes import find_identifier, find_time

OPEN_FOR_MIN = timedelta(minutes=15)
"""Razorpay refuses a link that ends sooner: "timestamp must be atleast 15 minutes in future"."""
SLACK = timedelta(minutes=1)
"""For clocks that differ, and for the time a request takes."""
_ENDED = ("paid", "cancelled", "expired")


def create(client: Client, request: CreateCheckout, key: str) -> CheckoutOpened:
    """Make the link. A reference that is taken means that this call was answered before, unheard.

    A link has no place for a customer, nor for where to go without paying.
    """
    try:
        link = client.call(client.sdk.payment_link.create, _link_data(request, key))
    except GatewayRefused:
        before = _find(client, request, key)
        if before is None:
            raise
        link = before
    return _opened(link)


def ask_created(
    client: Client, request: CreateCheckout, key: str, sent_at: datetime
) -> CheckoutOpened | None:
    """Look the link up by our reference."""
    link = _find(client, request, key)
    if link:
        return _opened(link)
    check_absence("the payment link", sent_at)
    return None


def expire(client: Client, request: ExpireCheckout, key: str) -> CheckoutExpired:  # noqa: ARG001  has no key
    """Cancel the link. What was paid or had ended before cannot be cancelled: then it says so."""
    link_id = _link_id(request)
    try:
        link = client.call(client.sdk.payment_link.cancel, link_id)
    except GatewayRefused:
        ended = _ended(client, client.call(client.sdk.payment_link.fetch, link_id))
        if ended is None:
            raise
        return ended
    return _ended(client, link) or CheckoutExpired(checkout=get_id(link), paid=False)


def ask_expired(
    client: Client,
    request: ExpireCheckout,
    key: str,  # noqa: ARG001  cancelling has no key, and needs none
    sent_at: datetime,  # noqa: ARG001  cancelling twice is cancelling once
) -> CheckoutExpired | None:
    """Whether it has ended. While it has not, cancelling again does no harm."""
    return _ended(client, client.call(client.sdk.payment_link.fetch, _link_id(request)))


def _ended(client: Client, link: Entity) -> CheckoutExpired | None:
    if link.get("status") not in _ENDED:
        return None
    paid = link.get("status") == "paid"
    return CheckoutExpired(checkout=get_id(link), paid=paid, found=(objects.of_link(client, link),))


def _link_id(request: ExpireCheckout) -> str:
    if request.checkout.startswith("order_"):
        raise unsupported(
            "Razorpay",
            "closing of an order",
            "close your page; what is paid late is booked, and can be refunded",
        )
    return path_id(request.checkout, "checkout")


def _link_data(request: CreateCheckout, key: str) -> Entity:
    expires_at = max(request.expires_at, utc_now() + OPEN_FOR_MIN + SLACK)
    data: Entity = {
        "amount": request.amount_minor,
        "currency": request.currency,
        "accept_partial": False,
        "reference_id": request.checkout,
        "description": request.description,
        "expire_by": int(expires_at.timestamp()),
        "callback_url": request.return_url,
        "callback_method": "get",
        "notify": {"sms": False, "email": False},
        "reminder_enable": False,
        "notes": notes.notes_of(request.purpose, key),
    }
    if request.email:
        data["customer"] = {"email": request.email}
    return data


def _find(client: Client, request: CreateCheckout, key: str) -> Entity | None:
    """By our reference and by the key of the call: a link of another call is not the answer to this one."""
    links = listing.whole(
        client, client.sdk.payment_link.all, {"reference_id": request.checkout}, items="payment_links"
    )
    return next((each for each in links if notes.is_of(each, key)), None)


def _opened(link: Entity) -> CheckoutOpened:
    url = find_identifier(link.get("short_url"))
    if url is None:
        raise failures.garbled("has no short_url", write=True)
    return CheckoutOpened(checkout=get_id(link), url=url, expires_at=_expires_at(link))


def _expires_at(link: Entity) -> datetime | None:
    """None for a link without an end, which has 0 there."""
    found = find_time(link.get("expire_by"))
    return found.astimezone(UTC) if found else None
