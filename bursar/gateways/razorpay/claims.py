"""Whom a Razorpay payment is for: notes of the payment, then of what it came through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import (
    find_components,
    find_customer,
    find_identifier,
    find_invoice,
    find_object,
    find_track,
)
from bursar.rules.facts import Claims

CALL = "bursar_call"
"""The note with our idempotency key: what Razorpay does not remember, its object does."""

_Found = TypeVar("_Found")
_Notes = tuple[Entity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands beside a payment in its event."""

    carriers: tuple[Entity, ...] = ()
    """Order, link or invoice whose notes count where the payment has none; the first wins."""
    order: str | None = None
    """Its order, where the payment does not name it."""
    link: str | None = None
    reference: str | None = None
    """The host's own reference on a payment link."""
    subscription: Entity | None = None
    """Subscription or renewal invoice: its notes name the subscriber, not what this one payment is for."""


ALONE = Context()


def claims_of(payment: Entity, context: Context) -> Claims:
    """Everything the event says about whose money it is. Empty notes arrive as a list."""
    notes = tuple(find_object(each.get("notes")) for each in (payment, *context.carriers))
    order = find_identifier(payment.get("order_id")) or context.order
    return Claims(
        invoice=_first(find_invoice, notes) or context.reference,
        customer=_first(find_customer, notes),
        track=_first(find_track, notes),
        components=_first(find_components, notes) or (),
        checkouts=tuple(each for each in (order, context.link) if each),
        subscriber=find_customer(find_object((context.subscription or {}).get("notes"))),
        gateway_customer=find_identifier(payment.get("customer_id")),
    )


def _first(find: Callable[[Entity], _Found | None], notes: _Notes) -> _Found | None:
    """What the first notes say that say anything."""
    return next((found for each in notes if (found := find(each))), None)
