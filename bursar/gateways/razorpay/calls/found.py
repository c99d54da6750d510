"""What Razorpay answered, in the form of its webhooks: `payload.<kind>.entity`, read like any event."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import orjson

from bursar.gateways.api.results import Found
from bursar.gateways.protocol import Unreadable
from bursar.gateways.razorpay import facts
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier, find_time
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus

_TYPES: dict[str, dict[object, str]] = {
    "payment": {
        "authorized": "payment.authorized",
        "captured": "payment.captured",
        "failed": "payment.failed",
        "refunded": "payment.captured",
    },
    "order": {"paid": "order.paid"},
    "payment_link": {
        "paid": "payment_link.paid",
        "partially_paid": "payment_link.partially_paid",
        "cancelled": "payment_link.cancelled",
        "expired": "payment_link.expired",
    },
    "invoice": {
        "paid": "invoice.paid",
        "partially_paid": "invoice.partially_paid",
        "expired": "invoice.expired",
    },
    "refund": {"pending": "refund.created", "processed": "refund.processed", "failed": "refund.failed"},
    "dispute": {
        "open": "payment.dispute.created",
        "under_review": "payment.dispute.under_review",
        "won": "payment.dispute.won",
        "lost": "payment.dispute.lost",
        "closed": "payment.dispute.closed",
    },
    "subscription": {
        "authenticated": "subscription.authenticated",
        "active": "subscription.activated",
        "pending": "subscription.pending",
        "halted": "subscription.halted",
        "paused": "subscription.paused",
        "cancelled": "subscription.cancelled",
        "completed": "subscription.completed",
    },
}
_OTHERWISE = {"dispute": "payment.dispute.created", "subscription": "subscription.updated"}
"""Read by the word of the entity. Of other kinds, a status without a type is nothing that happened yet."""
_REGISTERS = frozenset({"dispute", "subscription", "settlement"})
"""The latest word about them stays, so it is as new as the answer. A payment happened when it was made."""

_Fact = TypeVar("_Fact")


def found(client: Client, kind: str, entity: Entity, beside: Mapping[str, Entity] | None = None) -> Found:
    """The entity as an event, and what stands beside it. The same words have the same key, whenever asked."""
    told_at = client.now() if kind in _REGISTERS else find_time(entity.get("created_at")) or client.now()
    payload = {name: {"entity": each} for name, each in {**(beside or {}), kind: entity}.items() if each}
    event_type = type_of(kind, entity)
    said = orjson.dumps([event_type, payload], option=orjson.OPT_SORT_KEYS)
    document = {
        "entity": "event",
        "event": event_type,
        "contains": list(payload),
        "payload": payload,
        "created_at": int(told_at.timestamp()),
    }
    return Found(
        type=event_type,
        object_id=find_identifier(entity.get("id")) or "",
        dedupe_key=f"fetched:{hashlib.sha256(said).hexdigest()}",
        document=orjson.dumps(document, option=orjson.OPT_SORT_KEYS),
        occurred_at=_whole_seconds(told_at),
        livemode=client.live,
    )


def type_of(kind: str, entity: Entity) -> str:
    """The event that would have told this state; one that nobody handles where nothing happened yet."""
    if kind == "settlement":
        return "settlement.processed"
    if _was_never_captured(kind, entity):
        return "payment.authorized"
    status = entity.get("status")
    named = _TYPES[kind].get(status) if isinstance(status, str) else None
    return named or _OTHERWISE.get(kind) or f"{kind}.created"


def find_fact(one: Found, kind: type[_Fact]) -> _Fact | None:
    """What our reader takes out of it of this kind; None where it says nothing of it."""
    try:
        reading = facts.read(one.type, orjson.loads(one.document))
    except Unreadable:
        return None
    told = reading if isinstance(reading, tuple) else ()
    return next((fact for fact in told if isinstance(fact, kind)), None)


def payment_status(client: Client, payment: Entity) -> PaymentStatus:
    """How a payment stands; one that nobody has tried to authorise yet is created."""
    fact = find_fact(found(client, "payment", payment), PaymentFact)
    return fact.status if fact else PaymentStatus.CREATED


def _was_never_captured(kind: str, entity: Entity) -> bool:
    """What lapsed uncaptured is called refunded too, but was never our money."""
    return kind == "payment" and entity.get("status") == "refunded" and entity.get("captured") is not True


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
