"""How the tests of Razorpay's facts tell an event, change it, and pick one fact out of what it becomes."""

from typing import Any, TypeVar

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Reading
from bursar.gateways.razorpay.facts import read
from bursar.sandbox.samples import razorpay_event

_Fact = TypeVar("_Fact")
CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}


def document_of(event_type: str, changes: dict[str, dict[str, Any]] | None = None, **story: Any) -> Document:
    """A sample whose entities have these fields instead."""
    document = strictjson.loads(razorpay_event(event_type, **story))
    for kind, fields in (changes or {}).items():
        document["payload"][kind]["entity"].update(fields)
    return document


def read_event(event_type: str, changes: dict[str, dict[str, Any]] | None = None, **story: Any) -> Reading:
    return read(event_type, document_of(event_type, changes, **story))


def facts_of(kind: type[_Fact], reading: Reading) -> list[_Fact]:
    assert isinstance(reading, tuple)
    return [fact for fact in reading if isinstance(fact, kind)]


def the(kind: type[_Fact], reading: Reading) -> _Fact:
    """The only fact of its kind."""
    (fact,) = facts_of(kind, reading)
    return fact
