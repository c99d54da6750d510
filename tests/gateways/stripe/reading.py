"""Sample events with what a test changes in them, read."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Reading
from bursar.gateways.stripe.facts import read
from bursar.sandbox.samples import stripe_event

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
"""When every sample happens."""

_Wanted = TypeVar("_Wanted")


def document(event_type: str, changes: dict[str, Any] | None = None, **story: Any) -> Document:
    """A sample whose object was changed; `...` as a value takes the field away."""
    event = strictjson.loads(stripe_event(event_type, **story))
    thing = event["data"]["object"]
    thing.update(changes or {})
    for field in [name for name, value in thing.items() if value is ...]:
        del thing[field]
    return event


def reading(event_type: str, changes: dict[str, Any] | None = None, **story: Any) -> Reading:
    return read(event_type, document(event_type, changes, **story))


def only(facts: Reading) -> Any:
    """The one fact there is."""
    assert isinstance(facts, tuple)
    (fact,) = facts
    return fact


def of(kind: type[_Wanted], facts: Reading) -> list[_Wanted]:
    """Those facts that are of one kind."""
    assert isinstance(facts, tuple)
    return [fact for fact in facts if isinstance(fact, kind)]
