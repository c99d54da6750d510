"""How the tests of PayPal's facts tell an object, change it, and pick one fact out of what it becomes."""

from typing import Any, TypeVar

from bursar.gateways import strictjson
from bursar.gateways.paypal.facts import read
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Document, Reading
from bursar.sandbox.samples import paypal_object

_Fact = TypeVar("_Fact")
CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}


def found(kind: Kind, changes: dict[str, Any] | None = None, **story: Any) -> Document:
    """A sample of what a fetch finds, with these fields instead; None takes a field away."""
    document = strictjson.loads(paypal_object(kind, **story)) | (changes or {})
    return {name: value for name, value in document.items() if value is not None}


def read_found(kind: Kind, changes: dict[str, Any] | None = None, **story: Any) -> Reading:
    return read(kind.fetched_type, found(kind, changes, **story))


def facts_of(kind: type[_Fact], reading: Reading) -> list[_Fact]:
    assert isinstance(reading, tuple)
    return [fact for fact in reading if isinstance(fact, kind)]


def the(kind: type[_Fact], reading: Reading) -> _Fact:
    """The only fact of its kind."""
    (fact,) = facts_of(kind, reading)
    return fact


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}
