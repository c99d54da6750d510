from datetime import UTC, datetime

import pytest

from bursar.gateways import strictjson
from bursar.gateways.paypal.envelope import envelope
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Envelope, Unreadable
from bursar.sandbox.samples import paypal_event

BODY = paypal_event("PAYMENT.CAPTURE.COMPLETED", event_id="WH-1", payment="3C1")


def _event(**changes):
    return strictjson.loads(BODY) | changes


def test_an_event_is_named_by_its_own_id():
    assert envelope(_event()) == Envelope(
        dedupe_key="WH-1",
        gateway_event_id="WH-1",
        type="PAYMENT.CAPTURE.COMPLETED",
        object_id="3C1",
        api_version="2.0",
        livemode=None,
        occurred_at=datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize("field", ["id", "event_type"])
@pytest.mark.parametrize("value", [None, "", "x" * 256, 7, ["WH-1"], "WH\n1"])
def test_an_event_without_id_or_type_is_unreadable(field, value):
    with pytest.raises(Unreadable, match=f"^{field} must be"):
        envelope(_event(**{field: value}))


@pytest.mark.parametrize("event_type", [*(kind.fetched_type for kind in Kind), "fetched.", "fetched.new"])
def test_a_delivery_may_not_bear_the_type_of_what_was_fetched(event_type):
    with pytest.raises(Unreadable, match=r"^event_type must not begin with fetched\."):
        envelope(_event(event_type=event_type))


@pytest.mark.parametrize(
    ("resource", "object_id"),
    [
        ({"id": "1"}, "1"),
        ({"dispute_id": "PP-D-1"}, "PP-D-1"),
        ({"batch_header": {"payout_batch_id": "1"}}, None),
        ({"id": ["1"]}, None),
        (None, None),
    ],
)
def test_the_object_is_the_resource(resource, object_id):
    assert envelope(_event(resource=resource)).object_id == object_id


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ({}, "2.0"),
        ({"resource_version": None}, "1.0"),
        ({"resource_version": None, "event_version": None}, None),
    ],
)
def test_the_version_is_that_of_the_resource_else_of_the_event(told, version):
    assert envelope(_event(**told)).api_version == version


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-11-18T11:06:40.5Z", datetime(2026, 11, 18, 11, 6, 40, 500_000, tzinfo=UTC)),
        ("2026-11-18T16:36:40+05:30", datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)),
        ("2026-13-18T11:06:40Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-11-18", None),
        ("now", None),
        (1_795_000_000, None),
        (None, None),
    ],
)
def test_the_time_is_when_the_event_was_made(told, time):
    assert envelope(_event(create_time=told)).occurred_at == time
