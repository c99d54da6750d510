"""What an answer must have, and when it is an answer that there is nothing."""

from datetime import datetime

from bursar.clock import utc_now
from bursar.gateways.razorpay.calls import failures
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier

IN_FLIGHT_S = 60.0
"""Seconds after which a request is no longer on its way: three times as long as we wait for its answer."""


def get_id(entity: Entity) -> str:
    """The id of what was made or changed. Raises OutcomeUnknown without one: it may be there all the same."""
    found = find_identifier(entity.get("id"))
    if found is None:
        raise failures.garbled("has no id", write=True)
    return found


def check_absence(what: str, sent_at: datetime) -> None:
    """That there is nothing proves something only when nothing can arrive any more. Raises GatewayAway."""
    if (utc_now() - sent_at).total_seconds() < IN_FLIGHT_S:
        raise failures.too_early(what)
