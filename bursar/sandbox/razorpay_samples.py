"""Razorpay events as Razorpay would send them, ready to be signed; told by `razorpay_objects`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import orjson

from bursar.sandbox import razorpay_objects
from bursar.sandbox.razorpay_objects import RazorpayStory

_RAZORPAY_ENTITIES: dict[str, dict[str, Callable[[RazorpayStory], dict[str, Any]]]] = {
    "payment.authorized": {"payment": razorpay_objects.payment_authorized},
    "payment.captured": {"payment": razorpay_objects.payment_captured},
    "payment.failed": {"payment": razorpay_objects.payment_failed},
    "order.paid": {"payment": razorpay_objects.payment_captured, "order": razorpay_objects.order_paid},
    "refund.created": {
        "refund": partial(razorpay_objects.refund, status="pending"),
        "payment": razorpay_objects.payment_refunded,
    },
    "refund.processed": {
        "refund": partial(razorpay_objects.refund, status="processed"),
        "payment": razorpay_objects.payment_refunded,
    },
    "refund.failed": {
        "refund": partial(razorpay_objects.refund, status="failed"),
        "payment": razorpay_objects.payment_captured,
    },
    "refund.speed_changed": {
        "refund": partial(razorpay_objects.refund, status="processed"),
        "payment": razorpay_objects.payment_refunded,
    },
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
