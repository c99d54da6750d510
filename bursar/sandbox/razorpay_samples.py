"""Razorpay events as Razorpay would send them, ready to be signed; entities come from its other modules."""

from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import orjson

from bursar.sandbox import razorpay_links, razorpay_objects, razorpay_registers
from bursar.sandbox.razorpay_objects import RazorpayStory

_Teller = Callable[[RazorpayStory], dict[str, Any]]

_CAPTURED = {"payment": razorpay_objects.payment_captured}
_REFUNDED = {"payment": razorpay_objects.payment_refunded}


def _dispute(status: str) -> dict[str, _Teller]:
    return {**_CAPTURED, "dispute": partial(razorpay_registers.dispute, status=status)}


def _subscription(status: str) -> dict[str, _Teller]:
    return {"subscription": partial(razorpay_registers.subscription, status=status)}


def _refund(status: str) -> dict[str, _Teller]:
    return {"refund": partial(razorpay_objects.refund, status=status)}


def _link(status: str) -> dict[str, _Teller]:
    return {"payment_link": partial(razorpay_links.payment_link, status=status)}


def _invoice(status: str) -> dict[str, _Teller]:
    return {"invoice": partial(razorpay_links.invoice, status=status)}


def _token(status: str) -> dict[str, _Teller]:
    return {"token": partial(razorpay_registers.token, status=status)}


def _downtime(status: str) -> dict[str, _Teller]:
    return {"payment.downtime": partial(razorpay_registers.downtime, status=status)}


_ORDER: dict[str, _Teller] = {"order": razorpay_objects.order_paid}
_LINK_ORDER: dict[str, _Teller] = {"order": razorpay_links.link_order}
_PART_ORDER: dict[str, _Teller] = {"order": partial(razorpay_links.link_order, partial=True)}

_RAZORPAY_ENTITIES: dict[str, dict[str, _Teller]] = {
    "payment.authorized": {"payment": razorpay_objects.payment_authorized},
    "payment.captured": {**_CAPTURED},
    "payment.failed": {"payment": razorpay_objects.payment_failed},
    "order.paid": {**_CAPTURED, **_ORDER},
    "payment_link.paid": {**_link("paid"), **_LINK_ORDER, **_CAPTURED},
    "payment_link.partially_paid": {**_link("partially_paid"), **_PART_ORDER, **_CAPTURED},
    "payment_link.cancelled": _link("cancelled"),
    "payment_link.expired": _link("expired"),
    "invoice.paid": {**_CAPTURED, **_ORDER, **_invoice("paid")},
    "invoice.partially_paid": {**_CAPTURED, **_invoice("partially_paid")},
    "invoice.expired": _invoice("expired"),
    "refund.created": {**_refund("pending"), **_REFUNDED},
    "refund.processed": {**_refund("processed"), **_REFUNDED},
    "refund.failed": {**_refund("failed"), **_CAPTURED},
    "refund.speed_changed": {**_refund("processed"), **_REFUNDED},
    "payment.dispute.created": _dispute("open"),
    "payment.dispute.action_required": _dispute("open"),
    "payment.dispute.under_review": _dispute("under_review"),
    "payment.dispute.won": _dispute("won"),
    "payment.dispute.lost": _dispute("lost"),
    "payment.dispute.closed": _dispute("closed"),
    "subscription.authenticated": _subscription("authenticated"),
    "subscription.activated": {**_subscription("active"), **_CAPTURED},
    "subscription.charged": {**_subscription("active"), **_CAPTURED},
    "subscription.completed": {**_subscription("completed"), **_CAPTURED},
    "subscription.updated": _subscription("active"),
    "subscription.pending": _subscription("pending"),
    "subscription.halted": _subscription("halted"),
    "subscription.cancelled": _subscription("cancelled"),
    "subscription.paused": _subscription("paused"),
    "subscription.resumed": _subscription("active"),
    "settlement.processed": {"settlement": razorpay_registers.settlement},
    "payment.downtime.started": _downtime("started"),
    "payment.downtime.updated": _downtime("updated"),
    "payment.downtime.resolved": _downtime("resolved"),
    "token.confirmed": _token("confirmed"),
    "token.resumed": _token("resumed"),
    "token.paused": _token("paused"),
    "token.cancelled": _token("cancelled"),
    "token.rejected": _token("rejected"),
}


def razorpay_event(event_type: str, **story: Unpack[RazorpayStory]) -> bytes:
    """The body of a Razorpay event, compact as Razorpay sends it. Raises KeyError for other types."""
    whole = razorpay_objects.told(story)
    entities = _RAZORPAY_ENTITIES[event_type]
    event = {
        "entity": "event",
        "account_id": "acc_demo",
        "event": event_type,
        "contains": list(entities),
        "payload": {kind: {"entity": build(whole)} for kind, build in entities.items()},
        "created_at": whole["created"],
    }
    return orjson.dumps(event)


def razorpay_payment_events(**story: Unpack[RazorpayStory]) -> list[bytes]:
    """Everything Razorpay says about one paid order, in the order it happens."""
    types = ("payment.authorized", "payment.captured", "order.paid")
    return [razorpay_event(event_type, **story) for event_type in types]


RAZORPAY_SAMPLES: dict[str, Callable[..., bytes]] = {
    f"razorpay:{event_type}": partial(razorpay_event, event_type) for event_type in _RAZORPAY_ENTITIES
}
"""By the name `bursar trigger` takes. Each is called with keywords of a `RazorpayStory`."""
