"""Stripe events as Stripe would send them, ready to be signed; told by `stripe_objects` and its siblings."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import orjson

from bursar.sandbox import stripe_objects, stripe_sessions
from bursar.sandbox.stripe_objects import StripeStory

_STRIPE_OBJECTS: dict[str, Callable[[StripeStory], dict[str, Any]]] = {
    "payment_intent.succeeded": stripe_objects.intent_succeeded,
    "payment_intent.processing": stripe_objects.intent_processing,
    "payment_intent.payment_failed": stripe_objects.intent_failed,
    "charge.succeeded": stripe_objects.charge_succeeded,
    "charge.refunded": stripe_objects.charge_refunded,
    "refund.created": partial(stripe_objects.refund, status="pending"),
    "refund.updated": partial(stripe_objects.refund, status="succeeded"),
    "refund.failed": partial(stripe_objects.refund, status="failed"),
    "charge.refund.updated": partial(stripe_objects.refund, status="succeeded"),
    "checkout.session.completed": stripe_sessions.session_completed,
    "checkout.session.expired": stripe_sessions.session_expired,
}


def stripe_event(event_type: str, *, event_id: str | None = None, **story: Unpack[StripeStory]) -> bytes:
    """The body of a Stripe event, indented by two as Stripe sends it. Raises KeyError for other types."""
    whole = stripe_objects.told(story)
    thing = _STRIPE_OBJECTS[event_type](whole)
    event = {
        "id": event_id or _stripe_event_id(event_type, thing),
        "object": "event",
        "api_version": stripe_objects.API_VERSION,
        "created": whole["created"],
        "data": {"object": thing},
        "livemode": whole["livemode"],
        "pending_webhooks": 1,
        "request": {"id": "req_demo", "idempotency_key": None},
        "type": event_type,
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2)


def stripe_payment_events(**story: Unpack[StripeStory]) -> list[bytes]:
    """Everything Stripe says about one paid checkout, in the order it happens."""
    types = (
        "payment_intent.processing",
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
    )
    return [stripe_event(event_type, **story) for event_type in types]


def _stripe_event_id(event_type: str, thing: dict[str, Any]) -> str:
    told = event_type.encode() + orjson.dumps(thing)
    return f"evt_demo_{hashlib.sha256(told).hexdigest()[:20]}"


STRIPE_SAMPLES: dict[str, Callable[..., bytes]] = {
    f"stripe:{event_type}": partial(stripe_event, event_type) for event_type in _STRIPE_OBJECTS
}
"""By the name `bursar trigger` takes. Each is called with keywords of a `StripeStory`."""
