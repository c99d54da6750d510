"""One object as it is now, with the payment beside it that its event would carry."""

from collections.abc import Callable, Iterator

from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.results import Found
from bursar.gateways.razorpay.calls import listing, notes
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.calls.found import found, payment_status
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier, find_object
from bursar.rules.states import PAYMENT_RANK


def fetch(client: Client, kind: str, object_id: str) -> Found:
    """One object by Razorpay's word for its kind. Raises GatewayRefused (not_found, unsupported)."""
    fetcher = _FETCHERS.get(kind)
    if fetcher is None:
        raise unsupported(
            "Razorpay", f"fetching of a {kind}", f"it can be one of {', '.join(sorted(_FETCHERS))}"
        )
    return fetcher(client, path_id(object_id, "object_id"))


def of_link(client: Client, link: Entity) -> Found:
    """A payment link; a paid one names its payments, the latest being what it was paid with."""
    latest = max(listing.objects_in(link.get("payments")), key=_made_at, default={})
    return found(client, "payment_link", link, _payment_beside(client, latest.get("payment_id")))


def of_refund(client: Client, refund: Entity, payments: dict[str, Entity] | None = None) -> Found:
    """A refund beside its payment, which alone tells whether that money was ever ours.

    What we refunded ourselves was. `payments`: those that were fetched before; it is filled.
    """
    if notes.REFUND in find_object(refund.get("notes")):
        return found(client, "refund", refund)
    known = {} if payments is None else payments
    payment_id = find_identifier(refund.get("payment_id"))
    if payment_id and payment_id not in known:
        known[payment_id] = client.call(client.sdk.payment.fetch, path_id(payment_id, "payment_id"))
    return found(client, "refund", refund, {"payment": known.get(payment_id or "", {})})


def refunds_of(client: Client, payment_id: str) -> Iterator[Found]:
    """Every refund of a payment, oldest first."""
    listed = listing.entities(
        client, client.sdk.payment.fetch_multiple_refund, path_id(payment_id, "payment")
    )
    payments: dict[str, Entity] = {}
    for refund in reversed(list(listed)):
        yield of_refund(client, refund, payments)


def _payment(client: Client, object_id: str) -> Found:
    return found(client, "payment", client.call(client.sdk.payment.fetch, object_id))


def _order(client: Client, object_id: str) -> Found:
    """A paid order with its payment; another one as the payment that got furthest, if there is any."""
    order = client.call(client.sdk.order.fetch, object_id)
    payments = listing.whole(client, client.sdk.order.payments, object_id)
    best = max(payments, key=lambda each: PAYMENT_RANK[payment_status(client, each)], default=None)
    if best is None or order.get("status") == "paid":
        return found(client, "order", order, {"payment": best or {}})
    return found(client, "payment", best, {"order": order})


def _link(client: Client, object_id: str) -> Found:
    return of_link(client, client.call(client.sdk.payment_link.fetch, object_id))


def _invoice(client: Client, object_id: str) -> Found:
    invoice = client.call(client.sdk.invoice.fetch, object_id)
    return found(client, "invoice", invoice, _payment_beside(client, invoice.get("payment_id")))


def _refund(client: Client, object_id: str) -> Found:
    return of_refund(client, client.call(client.sdk.refund.fetch, object_id))


def _dispute(client: Client, object_id: str) -> Found:
    return found(client, "dispute", client.call(client.sdk.dispute.fetch, object_id))


def _subscription(client: Client, object_id: str) -> Found:
    return found(client, "subscription", client.call(client.sdk.subscription.fetch, object_id))


def _settlement(client: Client, object_id: str) -> Found:
    return found(client, "settlement", client.call(client.sdk.settlement.fetch, object_id))


_FETCHERS: dict[str, Callable[[Client, str], Found]] = {
    "payment": _payment,
    "order": _order,
    "payment_link": _link,
    "invoice": _invoice,
    "refund": _refund,
    "dispute": _dispute,
    "subscription": _subscription,
    "settlement": _settlement,
}


def _payment_beside(client: Client, payment_id: object) -> dict[str, Entity]:
    known = find_identifier(payment_id)
    if known is None:
        return {}
    return {"payment": client.call(client.sdk.payment.fetch, path_id(known, "payment_id"))}


def _made_at(payment: Entity) -> int:
    made_at = payment.get("created_at")
    return made_at if isinstance(made_at, int) else 0
