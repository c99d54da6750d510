from datetime import UTC, datetime

import orjson
import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Envelope, Unreadable
from bursar.gateways.stripe.envelope import envelope
from bursar.sandbox.samples import stripe_event

THIN = {
    "id": "evt_demo_thin",
    "object": "v2.core.event",
    "type": "v1.payment_intent.succeeded",
    "livemode": True,
    "created": "2026-11-18T04:26:40.123Z",
    "related_object": {"id": "pi_1", "type": "payment_intent", "url": "/v1/payment_intents/pi_1"},
}


def _event(**changes: object) -> Document:
    return strictjson.loads(stripe_event("charge.succeeded", event_id="evt_1", charge="ch_1")) | changes


def test_a_snapshot_event_is_named_by_its_own_id():
    assert envelope(_event()) == Envelope(
        dedupe_key="evt_1",
        gateway_event_id="evt_1",
        type="charge.succeeded",
        object_id="ch_1",
        api_version="2026-10-28.endive",
        livemode=False,
        occurred_at=datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC),
    )


def test_a_thin_event_is_named_by_what_it_points_at():
    assert envelope(THIN) == Envelope(
        dedupe_key="evt_demo_thin",
        gateway_event_id="evt_demo_thin",
        type="v1.payment_intent.succeeded",
        object_id="pi_1",
        api_version=None,
        livemode=True,
        occurred_at=datetime(2026, 11, 18, 4, 26, 40, 123_000, tzinfo=UTC),
    )


@pytest.mark.parametrize("event_id", [None, "", "x" * 256, "evt\n1", "évt", 7, ["evt_1"]])
def test_an_event_without_a_usable_id_is_unreadable(event_id):
    with pytest.raises(Unreadable, match=r"^id must be"):
        envelope(_event(id=event_id))


@pytest.mark.parametrize("event_type", [None, "", "x" * 256, 7])
def test_an_event_without_a_usable_type_is_unreadable(event_type):
    with pytest.raises(Unreadable, match=r"^type must be"):
        envelope(_event(type=event_type))


@pytest.mark.parametrize("data", [None, [], {}, {"object": None}, {"object": {"id": None}}, {"object": []}])
def test_an_event_about_nothing_nameable_still_has_an_envelope(data):
    assert envelope(_event(data=data)).object_id is None


@pytest.mark.parametrize(
    "created", [None, "soon", "2026-11-18", "2026-11-18T04:26:40", -1, 2**63, 1.5, True, [], {}]
)
def test_a_senseless_time_is_no_time(created):
    assert envelope(_event(created=created)).occurred_at is None
    assert envelope(THIN | {"created": created}).occurred_at is None


@pytest.mark.parametrize("livemode", [None, "true", 1, 0])
def test_a_mode_that_is_not_true_or_false_is_unknown(livemode):
    assert envelope(_event(livemode=livemode)).livemode is None


def test_an_empty_object_has_no_envelope():
    with pytest.raises(Unreadable):
        envelope(orjson.loads(b"{}"))
