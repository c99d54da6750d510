"""What holds for every gateway alike."""

import dataclasses
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, NeedsFetch, Reading, Secret, Unreadable
from bursar.gateways.registry import GATEWAYS, handled_types
from bursar.sandbox.samples import FETCHED, SAMPLES

_PERSONAL = ("@", "Sample", "Learner", "+91", "4242", "10001")
_HANDLED = [(name, event_type) for name in GATEWAYS for event_type in sorted(handled_types(name))]
_BODIES = SAMPLES | FETCHED
_TYPES = st.sampled_from(sorted({event_type for _, event_type in _HANDLED} | {"unheard.of"}))
_HOSTILE = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    "",
    "\u0000",
    "\ud800",
    "x" * 300,
    "succeeded",
    [],
    {},
    [[]],
    [{}],
    {"id": 1},
    {"data": [1]},
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in inner for found in _paths(child, (*path, key)))]


def _replace(document: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value if isinstance(value, dict) else {}
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return document


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in _strings(getattr(value, field.name))]
    return [text for item in value for text in _strings(item)] if isinstance(value, tuple) else []


def _sound(reading: Reading) -> bool:
    """What the books may rely on: bounded printable ids, known kinds."""
    if isinstance(reading, Ignored):
        return True
    if isinstance(reading, NeedsFetch):
        return _bounded(reading.object_id)
    return all(fact.kind and all(map(_bounded, fact.gateway_ids)) for fact in reading)


def _bounded(name: str) -> bool:
    return 0 < len(name) <= 255 and name.isascii()


def test_gateways_are_registered_under_their_own_names():
    assert {name: gateway.name for name, gateway in GATEWAYS.items()} == {
        "stripe": "stripe",
        "razorpay": "razorpay",
        "paypal": "paypal",
    }


def test_every_handled_type_has_a_sample_and_every_sample_is_handled():
    assert set(_BODIES) == {f"{name}:{event_type}" for name, event_type in _HANDLED}


@pytest.mark.parametrize(("name", "event_type"), _HANDLED)
def test_every_handled_type_becomes_facts_or_a_question(name, event_type):
    document = strictjson.loads(_BODIES[f"{name}:{event_type}"]())
    facts = GATEWAYS[name].read(event_type, document)

    assert not isinstance(facts, Ignored)
    assert facts
    assert _sound(facts)


@pytest.mark.parametrize(("name", "event_type"), _HANDLED)
def test_no_personal_data_enters_a_fact(name, event_type):
    body = _BODIES[f"{name}:{event_type}"](
        metadata={"student": "sample.learner@example.com", "invoice": "I-1"}
    )
    reading = GATEWAYS[name].read(event_type, strictjson.loads(body))

    assert not [text for text in _strings(reading) for word in _PERSONAL if word in text]


@pytest.mark.parametrize("name", GATEWAYS)
@given(_TYPES, st.recursive(st.none() | st.integers() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_any_document_is_read_ignored_or_unreadable(name, event_type, value):
    document = value if isinstance(value, dict) else {"data": value, "payload": value}
    with suppress(Unreadable):
        GATEWAYS[name].envelope(document, b"", {})
    with suppress(Unreadable):
        GATEWAYS[name].read(event_type, document)


@pytest.mark.parametrize(("name", "event_type"), _HANDLED)
def test_any_field_may_be_replaced_by_anything(name, event_type):
    """Every field of every sample, by every hostile value: facts are sound, or the event is unreadable."""
    body = _BODIES[f"{name}:{event_type}"](metadata={"invoice": "I-1"})
    gateway = GATEWAYS[name]
    for path in _paths(orjson.loads(body)):
        for value in _HOSTILE:
            document = _replace(orjson.loads(body), path, value)
            with suppress(Unreadable):
                gateway.envelope(document, body, {})
            with suppress(Unreadable):
                reading = gateway.read(event_type, document)
                assert _sound(reading)


@pytest.mark.parametrize("name", GATEWAYS)
@given(st.binary(), st.dictionaries(st.text(), st.text()), st.integers())
def test_a_stranger_is_refused_whatever_is_sent(name, body, headers, now_s):
    with pytest.raises(Refused):
        GATEWAYS[name].verify(body, headers, [Secret(value=b"0123456789abcdef", key_id="k")], now_s)
