"""The small questions all readers ask of an object of PayPal's: its state, its times, what it links to."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.gateways.shapes import IDENTIFIER_LENGTH_MAX, find_object

Thing = dict[str, Any]
"""One object as PayPal wrote it."""
NO_MONEY = Ignored(reason="no money")
LINKS_MAX = 50
"""Links looked at; PayPal writes about four."""

_State = TypeVar("_State")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAYMENT_LINK = re.compile(r"https://[a-z.-]+/v[12]/payments/(?:captures?|sale)/([A-Za-z0-9_-]{1,64})")
_PAYMENT_RELATIONS = frozenset({"up", "capture", "sale"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)


def get_id(thing: Thing, field: str, path: str) -> str:
    """An id of PayPal's. It becomes part of an address, so nothing else may be in it. Raises Unreadable."""
    value = thing.get(field)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unreadable(f"{path}.{field} must be 1..64 letters, digits, - and _")
    return value


def find_id(value: object) -> str | None:
    """The value, if it is an id of PayPal's."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def get_state(thing: Thing, words: Mapping[str, _State], path: str) -> _State:
    """Our state for its `status` (v2, capitals) or `state` (v1). Raises Unreadable for an unknown word."""
    field = "status" if "status" in thing else "state"
    word = thing.get(field)
    state = words.get(word.upper()) if isinstance(word, str) else None
    if state is None:
        raise Unreadable(f"{path}.{field} is not a state of its kind")
    return state


def find_moment(value: object) -> datetime | None:
    """RFC 3339 as aware UTC; some due dates of disputes come without a zone and mean UTC."""
    if not isinstance(value, str) or len(value) > IDENTIFIER_LENGTH_MAX or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def changed_at(thing: Thing) -> datetime | None:
    """When it last changed."""
    return find_moment(thing.get("update_time")) or find_moment(thing.get("create_time"))


def find_payment_link(thing: Thing) -> str | None:
    """The capture or sale that a refund or reversal points up to."""
    links = thing.get("links")
    for link in map(find_object, links[:LINKS_MAX] if isinstance(links, list) else ()):
        relation, target = link.get("rel"), link.get("href")
        if isinstance(relation, str) and relation in _PAYMENT_RELATIONS and isinstance(target, str):
            match = _PAYMENT_LINK.fullmatch(target)
            if match:
                return match[1]
    return None
