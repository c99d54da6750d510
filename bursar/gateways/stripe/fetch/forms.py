"""An object that we asked for, in the form of the webhook that would have told of it."""

import hashlib
import json
from datetime import datetime
from typing import Any

from bursar.gateways.api.results import Found
from bursar.gateways.shapes import find_object, find_time
from bursar.gateways.stripe.calls.answers import Answered

_DIGEST_LENGTH = 32
"""Hex digits: 128 bits, as many as tell apart all that will ever be fetched."""
_TYPES = {
    "charge": "charge.updated",
    "refund": "refund.created",
    "subscription": "customer.subscription.updated",
    "dispute": "charge.dispute.updated",
    "invoice": "invoice.updated",
    "payout": "payout.updated",
    "customer": "customer.updated",
    "payment_method": "payment_method.updated",
    "radar.early_fraud_warning": "radar.early_fraud_warning.updated",
}
"""By kind: types that promise nothing of the object's state."""
_TYPES_BY_STATUS = {
    ("payment_intent", "succeeded"): "payment_intent.succeeded",
    ("payment_intent", "processing"): "payment_intent.processing",
    ("payment_intent", "canceled"): "payment_intent.canceled",
    ("payment_intent", "requires_action"): "payment_intent.requires_action",
    ("payment_intent", "requires_capture"): "payment_intent.amount_capturable_updated",
    ("refund", "failed"): "refund.failed",
    ("refund", "canceled"): "refund.failed",
    ("checkout.session", "complete"): "checkout.session.completed",
    ("checkout.session", "expired"): "checkout.session.expired",
    ("invoice_payment", "paid"): "invoice_payment.paid",
}
"""By kind and state: what readers expect of a type."""


def found_in(answered: Answered) -> Found:
    """The object as an event that happened when the money moved, or when we were told.

    Its key is a hash of what it said and when: a payment has one time and is kept once however often it is
    asked for; of an object whose latest word counts, each reading is a word of its own.
    """
    thing = {name: value for name, value in answered.thing.items() if name != "client_secret"}
    event_type = _type_of(thing)
    occurred_at = _moved_at(thing) or answered.at
    created = int(occurred_at.timestamp())
    said = json.dumps([event_type, created, thing], sort_keys=True)
    key = f"{answered.id}:{hashlib.sha256(said.encode()).hexdigest()[:_DIGEST_LENGTH]}"
    livemode = thing.get("livemode")
    event = {"id": key, "object": "event", "type": event_type, "created": created, "livemode": livemode}
    return Found(
        type=event_type,
        object_id=answered.id,
        dedupe_key=key,
        document=json.dumps(event | {"data": {"object": thing}}).encode(),
        occurred_at=occurred_at,
        livemode=livemode if isinstance(livemode, bool) else None,
    )


def _type_of(thing: dict[str, Any]) -> str:
    """A type that its reader takes; one that is not handled where the object has nothing to say yet."""
    kind, status = str(thing.get("object")), str(thing.get("status"))
    if thing.get("deleted") is True:
        return f"{kind}.deleted"
    if kind == "payment_intent" and status == "requires_payment_method" and thing.get("last_payment_error"):
        return "payment_intent.payment_failed"
    if kind == "payment_method" and not thing.get("customer"):
        return "payment_method.detached"
    return _TYPES_BY_STATUS.get((kind, status)) or _TYPES.get(kind) or f"{kind}.{status}"


def _moved_at(thing: dict[str, Any]) -> datetime | None:
    """When the money of an object moved; None for one that is a snapshot: then counts when it was taken."""
    created = find_time(thing.get("created"))
    transitions = find_object(thing.get("status_transitions"))
    match thing.get("object"):
        case "payment_intent" | "checkout.session":
            intent = find_object(thing.get("payment_intent")) or thing
            charge = find_object(intent.get("latest_charge"))
            return find_time(charge.get("created")) or find_time(intent.get("canceled_at")) or created
        case "charge" | "refund":
            return created
        case "payout":
            return find_time(thing.get("arrival_date")) or created
        case "invoice" | "invoice_payment":
            return find_time(transitions.get("paid_at"))
        case _:
            return None
