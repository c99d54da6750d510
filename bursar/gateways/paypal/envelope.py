"""What the inbox needs of a PayPal event. Understands none of it."""

from bursar.gateways.paypal.kinds import FETCHED_PREFIX
from bursar.gateways.paypal.things import find_moment
from bursar.gateways.protocol import Document, Envelope, Unreadable
from bursar.gateways.shapes import find_identifier, find_object, get_identifier


def envelope(document: Document) -> Envelope:
    """Name a verified event by its own id. Raises Unreadable when id or type is missing.

    A delivery may not bear the type of a fetched object: that would be a way around asking PayPal.
    """
    event_id = get_identifier(document.get("id"), "id")
    event_type = get_identifier(document.get("event_type"), "event_type")
    if event_type.startswith(FETCHED_PREFIX):
        raise Unreadable(f"event_type must not begin with {FETCHED_PREFIX}: PayPal sends no such event")
    resource = find_object(document.get("resource"))
    return Envelope(
        dedupe_key=event_id,
        gateway_event_id=event_id,
        type=event_type,
        object_id=find_identifier(resource.get("id")) or find_identifier(resource.get("dispute_id")),
        api_version=find_identifier(document.get("resource_version"))
        or find_identifier(document.get("event_version")),
        livemode=None,
        occurred_at=find_moment(document.get("create_time")),
    )
