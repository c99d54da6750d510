"""What the inbox needs of a Stripe event, snapshot or thin. Understands none of it."""

from datetime import datetime
from typing import Any

from bursar.gateways.protocol import Document, Envelope
from bursar.gateways.shapes import find_identifier, find_object, find_time, get_identifier

THIN_EVENT = "v2.core.event"
"""`object` of events that only point at what changed; the object itself has to be fetched."""


def envelope(document: Document) -> Envelope:
    """Name a verified event. Raises Unreadable when id or type is missing."""
    event_id = get_identifier(document.get("id"), "id")
    livemode = document.get("livemode")
    return Envelope(
        dedupe_key=event_id,
        gateway_event_id=event_id,
        type=get_identifier(document.get("type"), "type"),
        object_id=find_identifier(_subject(document).get("id")),
        api_version=find_identifier(document.get("api_version")),
        livemode=livemode if isinstance(livemode, bool) else None,
        occurred_at=_created_at(document.get("created")),
    )


def _subject(document: Document) -> dict[str, Any]:
    if document.get("object") == THIN_EVENT:
        return find_object(document.get("related_object"))
    return find_object(find_object(document.get("data")).get("object"))


def _created_at(created: object) -> datetime | None:
    """Snapshots carry Unix seconds, thin events ISO 8601 with a zone."""
    if not isinstance(created, str):
        return find_time(created)
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
