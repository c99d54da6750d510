import hashlib
from datetime import UTC, datetime

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Envelope, Unreadable
from bursar.gateways.razorpay.envelope import envelope
from bursar.sandbox.samples import razorpay_event

BODY = razorpay_event("refund.processed", refund="rfnd_1")
HASH = hashlib.sha256(BODY).hexdigest()


def _event(**changes: object) -> Document:
    return strictjson.loads(BODY) | changes


def test_an_event_is_named_by_the_hash_of_its_signed_body():
    assert envelope(_event(), BODY, {"x-razorpay-event-id": "evt_1"}) == Envelope(
        dedupe_key=HASH,
        gateway_event_id="evt_1",
        type="refund.processed",
        object_id="rfnd_1",
        api_version=None,
        livemode=None,
        occurred_at=datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC),
    )


def test_a_replay_under_another_event_id_is_the_same_event():
    first = envelope(_event(), BODY, {"x-razorpay-event-id": "evt_1"})
    second = envelope(_event(), BODY, {"x-razorpay-event-id": "evt_2"})

    assert first.dedupe_key == second.dedupe_key
    assert first.gateway_event_id != second.gateway_event_id


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-razorpay-event-id": ""}, {"x-razorpay-event-id": "x" * 256}, {"x-razorpay-event-id": "évt\n"}],
)
def test_without_a_sane_event_id_the_hash_is_shown(headers):
    assert envelope(_event(), BODY, headers).gateway_event_id == f"body:{HASH[:16]}"


@pytest.mark.parametrize("event_type", [None, "", "x" * 256, 7, ["refund.processed"]])
def test_an_event_without_a_usable_type_is_unreadable(event_type):
    with pytest.raises(Unreadable, match=r"^event must be"):
        envelope(_event(event=event_type), BODY, {})


@pytest.mark.parametrize(
    ("event_type", "kinds", "object_id"),
    [
        ("payment.captured", ["payment"], "payment-1"),
        ("order.paid", ["payment", "order"], "order-1"),
        ("refund.created", ["refund", "payment"], "refund-1"),
        ("payment_link.paid", ["payment_link", "order", "payment"], "payment_link-1"),
        ("payment.dispute.created", ["payment", "dispute"], "dispute-1"),
        ("payment.downtime.started", ["payment.downtime"], "payment.downtime-1"),
        ("settlement.processed", [], None),
        ("strange", ["strange"], None),
    ],
)
def test_the_object_is_the_one_the_type_names(event_type, kinds, object_id):
    payload = {kind: {"entity": {"id": f"{kind}-1"}} for kind in kinds}

    assert envelope(_event(event=event_type, payload=payload), BODY, {}).object_id == object_id


@pytest.mark.parametrize("payload", [None, [], {}, {"refund": None}, {"refund": {"entity": ["rfnd_1"]}}])
def test_an_event_about_nothing_nameable_still_has_an_envelope(payload):
    assert envelope(_event(payload=payload), BODY, {}).object_id is None


def test_a_time_one_level_too_deep_is_found():
    event = _event(created_at=None, payload={"created_at": 1_795_000_000})

    assert envelope(event, BODY, {}).occurred_at == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize("created_at", [None, "1795000000", -5, 2**63, 1.5, True])
def test_a_senseless_time_is_no_time(created_at):
    assert envelope(_event(created_at=created_at), BODY, {}).occurred_at is None
