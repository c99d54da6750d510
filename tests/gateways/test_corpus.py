"""Events that others published, read as they are. Needs GATEWAY_CORPUS."""

from pathlib import Path

import pytest

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, Reading, Unreadable
from bursar.gateways.registry import GATEWAYS, handled_types

# Test fixtures of another project, filled in by its authors: the object contradicts the event's type.
_UNREADABLE = {
    "supabase-sync-engine__payment_intent.succeeded.json": "data.object.status is not",
    "supabase-sync-engine__refund.failed.json": "data.object.status is not",
}
_NO_MONEY = {
    "payment.authorized.emandate.json",
    "payment.authorized.paper-nach.json",
    "payment.captured.emandate.json",
    "payment.failed.paper-nach.json",
}
"""Registrations of mandates: handled types over an amount of 0."""


def _files(corpus: Path, name: str) -> list[Path]:
    return sorted((corpus / name).glob("*.json"))


def _read(name: str, body: bytes) -> tuple[str, Reading]:
    document = strictjson.loads(body)
    event_type = GATEWAYS[name].envelope(document, body, {}).type
    return event_type, GATEWAYS[name].read(event_type, document)


@pytest.mark.parametrize("name", GATEWAYS)
def test_every_published_event_is_read_or_ignored_but_for_those_named_here(corpus, name):
    files = _files(corpus, name)
    assert len(files) > 90
    refused = {}
    for file in files:
        try:
            _read(name, file.read_bytes())
        except Unreadable as unreadable:
            refused[file.name] = str(unreadable)
        except Refused as other:  # strict JSON refuses none of them
            pytest.fail(f"{file.name}: {other}")

    expected = {file: reason for file, reason in _UNREADABLE.items() if name == "stripe"}
    assert refused.keys() == expected.keys()
    assert all(refused[file].startswith(reason) for file, reason in expected.items())


@pytest.mark.parametrize("name", GATEWAYS)
def test_published_events_of_handled_types_become_facts(corpus, name):
    ignored = set()
    for file in _files(corpus, name):
        if file.name in _UNREADABLE:
            continue
        event_type, reading = _read(name, file.read_bytes())
        if event_type in handled_types(name) and isinstance(reading, Ignored):
            assert reading.reason == "no money"
            ignored.add(file.name.rpartition("__")[2])
        elif event_type not in handled_types(name):
            assert reading == Ignored(reason="unhandled type")

    assert ignored == (_NO_MONEY if name == "razorpay" else set())
