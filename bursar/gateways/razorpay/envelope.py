"""What the inbox needs of a Razorpay event. The body has no id, and the id header is not signed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from bursar.gateways.protocol import Document, Envelope
from bursar.gateways.shapes import find_identifier, find_object, find_reference, find_time, get_identifier

EVENT_ID_HEADER = "x-razorpay-event-id"
_HASH_DIGITS_SHOWN = 16


def envelope(document: Document, body: bytes, headers: Mapping[str, str]) -> Envelope:
    """Name a verified event. Raises Unreadable when it has no type.

    Keyed by the body's hash: a replayed body under a fresh event id would pass the signature.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    event_type = get_identifier(document.get("event"), "event")
    return Envelope(
        dedupe_key=body_hash,
        gateway_event_id=find_identifier(headers.get(EVENT_ID_HEADER))
        or f"body:{body_hash[:_HASH_DIGITS_SHOWN]}",
        type=event_type,
        object_id=_object_id(event_type, document),
        api_version=None,
        livemode=None,
        occurred_at=created_at(document),
    )


def created_at(document: Document) -> datetime | None:
    """When the event was made. Some bodies carry it one level too deep, some nowhere."""
    return find_time(document.get("created_at")) or find_time(
        find_object(document.get("payload")).get("created_at")
    )


def _object_id(event_type: str, document: Document) -> str | None:
    """Of the thing the type names: `refund.created` the refund, `payment.dispute.created` the dispute.

    Only `payment.downtime.started` has a dot in the name of its thing.
    """
    payload = find_object(document.get("payload"))
    named = event_type.rpartition(".")[0]
    for kind in (named, *reversed(named.split("."))):
        found = find_reference(find_object(find_object(payload.get(kind)).get("entity")))
        if found:
            return found
    return None
