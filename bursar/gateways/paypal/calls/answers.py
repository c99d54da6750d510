"""What PayPal answered, in the form of what a fetch finds: read like it, whoever asked."""

import hashlib
from typing import TypeVar

import orjson

from bursar.gateways.api.results import Found
from bursar.gateways.paypal import facts
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import LINKS_MAX, Thing, changed_at, find_id
from bursar.gateways.protocol import Unreadable
from bursar.gateways.shapes import find_object
from bursar.rules.facts import Fact

_Fact = TypeVar("_Fact")
URL_LENGTH_MAX = 2_000
"""Characters of an address that a payer is sent to."""


def found(client: Client, kind: Kind, thing: Thing) -> Found:
    """An object as the inbox keeps it. The same words have the same key, whenever asked."""
    document = orjson.dumps(thing, option=orjson.OPT_SORT_KEYS)
    said = hashlib.sha256(kind.fetched_type.encode() + document).hexdigest()
    return Found(
        type=kind.fetched_type,
        object_id=find_id(thing.get("id")) or find_id(thing.get("dispute_id")) or "",
        dedupe_key=f"fetched:{said}",
        document=document,
        occurred_at=changed_at(thing),
        livemode=client.live,
    )


def facts_of(kind: Kind, thing: Thing) -> tuple[Fact, ...]:
    """What our own reader takes out of it. Nothing where it cannot: the inbox says so, not the call."""
    try:
        reading = facts.read(kind.fetched_type, thing)
    except Unreadable:
        return ()
    return reading if isinstance(reading, tuple) else ()


def find_fact(kind: Kind, thing: Thing, wanted: type[_Fact]) -> _Fact | None:
    """The first fact of this class."""
    return next((fact for fact in facts_of(kind, thing) if isinstance(fact, wanted)), None)


def get_id(thing: Thing) -> str:
    """The id of what was made. Raises OutcomeUnknown without one: it may be there all the same."""
    known = find_id(thing.get("id"))
    if known is None:
        raise failures.garbled("has no id", write=True)
    return known


def find_link(thing: Thing, *relations: str) -> str | None:
    """Where a payer goes: the address under the first of these relations."""
    links = thing.get("links")
    listed = [find_object(each) for each in (links[:LINKS_MAX] if isinstance(links, list) else ())]
    for relation in relations:
        for link in listed:
            url = link.get("href")
            if link.get("rel") == relation and isinstance(url, str) and 0 < len(url) <= URL_LENGTH_MAX:
                return url
    return None
