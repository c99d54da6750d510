import pytest
import stripe

from bursar.sandbox.fake.stripe.events import KEPT_S, TYPES_MAX
from bursar.sandbox.fake.webhooks import Fate, Plan
from tests.sandbox.fake.stripe.asking import payment


class TestWithLosses:
    @pytest.fixture
    def plan(self):
        return Plan(seed=3, lost=0.5)

    def test_the_list_of_events_finds_what_was_lost(self, stage, receiver):
        for _ in range(3):
            payment(stage)
        stage.gateways.webhooks.deliver(early=True)

        everything = {event.id for event in stage.v1.events.list({"limit": 100}).data}
        missing = {event.id for event in stage.v1.events.list({"limit": 100, "delivery_success": False}).data}
        received = {delivery.told["id"] for delivery in receiver.deliveries}

        assert missing
        assert received
        assert received | missing == everything
        assert not received & missing


def test_events_are_listed_by_type_and_time_newest_first(stage):
    first = payment(stage)
    stage.gateways.clock.advance(60)
    second = payment(stage)

    listed = stage.v1.events.list({"types": ["payment_intent.succeeded"]}).data
    charges = stage.v1.events.list({"type": "charge.*", "created": {"gte": second.created}}).data

    assert [event.data.object.id for event in listed] == [second.id, first.id]
    assert {event.type for event in charges} == {"charge.succeeded", "charge.updated"}
    assert len(charges) == 2


def test_an_event_is_retrieved_as_it_was_sent_though_its_object_changed(stage):
    paid = payment(stage)
    (succeeded,) = stage.v1.events.list({"types": ["charge.succeeded"]}).data
    stage.v1.refunds.create({"payment_intent": paid.id})

    told = stage.v1.events.retrieve(succeeded.id)

    assert told.data.object.amount_refunded == 0
    assert told.api_version == "2026-10-28.endive"


def test_an_event_names_the_key_of_its_request(stage):
    stage.v1.customers.create({}, {"idempotency_key": "customer:1"})

    assert stage.v1.events.list().data[0].request.idempotency_key == "customer:1"


def test_events_are_kept_for_thirty_days(stage):
    payment(stage)
    stage.gateways.clock.advance(KEPT_S + 60)

    assert stage.v1.events.list().data == []


def test_what_cannot_be_asked_of_the_list_is_refused(stage):
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        stage.v1.events.list({"type": "a", "types": ["a"]})
    with pytest.raises(stripe.InvalidRequestError, match="types"):
        stage.v1.events.list({"types": ["a"] * (TYPES_MAX + 1)})
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        stage.v1.events.retrieve("evt_no")


def test_without_a_receiver_nothing_waits(stage):
    payment(stage)

    assert {event.fate for event in stage.gateways.webhooks.events} == {Fate.DELIVERED}
    assert stage.gateways.webhooks.pending() == 0
