"""Stripe events that others published, read as they are. Needs GATEWAY_CORPUS."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, NeedsFetch, Reading, Unreadable
from bursar.gateways.stripe.envelope import envelope
from bursar.gateways.stripe.facts import HANDLED_TYPES, read
from bursar.rules.facts import Fact

# Fixtures of another project: one intent, one charge and one refund filled into every type of event.
_CONTRADICTIONS = {
    "supabase-sync-engine__charge.pending.json": "data.object.status is not",
    "supabase-sync-engine__payment_intent.amount_capturable_updated.json": "data.object.status is not",
    "supabase-sync-engine__payment_intent.canceled.json": "data.object.status is not",
    "supabase-sync-engine__payment_intent.succeeded.json": "data.object.status is not",
    "supabase-sync-engine__refund.failed.json": "data.object.status is not",
}
_TYPES_OF_OBJECTS = {
    "charge": ("charge.updated", "charge.succeeded"),
    "checkout.session": ("checkout.session.expired",),
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "dispute": ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"),
    "invoice": ("invoice.created", "invoice.updated"),
    "payment_method": ("payment_method.attached", "payment_method.detached"),
    "payout": ("payout.created", "payout.updated", "payout.reconciliation_completed"),
    "radar.early_fraud_warning": ("radar.early_fraud_warning.created",),
    "refund": ("refund.created", "refund.updated"),
    "subscription": ("customer.subscription.created", "customer.subscription.deleted"),
}
"""Stripe's own example of each object, in its newest shape, inside the events that would carry it."""


def _files(corpus: Path) -> list[Path]:
    return sorted((corpus / "stripe").glob("*.json"))


def _read(file: Path) -> tuple[str, Reading]:
    document = strictjson.loads(file.read_bytes())
    event_type = envelope(document).type
    return event_type, read(event_type, document)


def test_every_published_event_is_read_or_ignored_but_for_those_named_here(corpus):
    refused = {}
    for file in _files(corpus):
        try:
            _read(file)
        except Unreadable as unreadable:
            refused[file.name] = str(unreadable)
        except Refused as other:  # strict JSON refuses none of them
            pytest.fail(f"{file.name}: {other}")

    assert len(_files(corpus)) > 90
    assert refused.keys() == _CONTRADICTIONS.keys()
    assert all(refused[file].startswith(reason) for file, reason in _CONTRADICTIONS.items())


def test_published_events_of_handled_types_become_facts_and_all_others_are_ignored(corpus):
    outcomes: Counter[str] = Counter()
    for file in _files(corpus):
        if file.name in _CONTRADICTIONS:
            continue
        event_type, reading = _read(file)
        if event_type in HANDLED_TYPES:
            assert isinstance(reading, tuple), file.name
            assert reading, file.name
        else:
            assert reading == Ignored(reason="unhandled type"), file.name
        outcomes["facts" if event_type in HANDLED_TYPES else "ignored"] += 1

    assert outcomes["facts"] > 40


def test_a_published_event_sent_thin_waits_for_its_object(corpus):
    for file in _files(corpus):
        document = orjson.loads(file.read_bytes())
        related = document["data"]["object"].get("id")
        thin = {"object": "v2.core.event", "related_object": {"id": related}}

        if document["type"] in HANDLED_TYPES:
            assert read(f"v1.{document['type']}", thin) == NeedsFetch(object_id=related)


@pytest.mark.parametrize(
    ("name", "event_type"), [(name, each) for name, types in _TYPES_OF_OBJECTS.items() for each in types]
)
def test_stripes_own_examples_of_the_newest_version_become_facts(corpus, name, event_type):
    (file,) = (corpus / "stripe_objects").glob(f"stripe-openapi-*__{name}.json")
    event = {"type": event_type, "data": {"object": orjson.loads(file.read_bytes())}}

    assert all(isinstance(fact, Fact) for fact in read(event_type, event))
