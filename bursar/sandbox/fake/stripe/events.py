"""Stripe's list of events: everything it announced in 30 days, also what never arrived."""

from fnmatch import fnmatchcase
from typing import Any

import orjson

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.errors import StripeError, missing
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.webhooks import Event, Fate

KEPT_S = 30 * 86_400
"""Seconds: "going back up to 30 days" (docs.stripe.com/api/events/list)."""
TYPES_MAX = 20


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One event, as it was sent."""
    for event in account.events():
        if event.id == id_:
            return _told(event)
    raise missing("event", id_, "id")


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Events of these types and times; `delivery_success=false` are those we have not received."""
    types = params.pop("types", None)
    pattern = params.pop("type", None)
    received = params.pop("delivery_success", None)
    if types is not None and pattern is not None:
        raise StripeError("You may only specify one of these parameters: type, types.", param="types")
    if types is not None and len(types) > TYPES_MAX:
        raise StripeError(f"types can have at most {TYPES_MAX} members.", param="types")
    oldest_s = account.now_s() - KEPT_S
    found = [
        {"id": event.id, "created": event.created_s, "event": event}
        for event in account.events()
        if event.created_s >= oldest_s
        and (types is None or event.type in types)
        and (pattern is None or fnmatchcase(event.type, pattern))
        and received in (None, event.fate is Fate.DELIVERED)
    ]
    listed = page(found, params, "/v1/events")
    return listed | {"data": [_told(one["event"]) for one in listed["data"]]}


def _told(event: Event) -> Thing:
    told: Thing = orjson.loads(event.body)
    told["pending_webhooks"] = int(event.fate is Fate.PENDING)
    return told
