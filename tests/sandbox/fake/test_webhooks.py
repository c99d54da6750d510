import random
from datetime import UTC, datetime
from threading import RLock

import pytest

from bursar.clock import utc_now
from bursar.gateways.protocol import SignatureMismatch
from bursar.sandbox.fake.clock import FakeClock
from bursar.sandbox.fake.webhooks import ATTEMPTS_MAX, RETRY_AFTER_S, Event, Fate, Plan, Webhooks
from tests.sandbox.fake.conftest import SECRET
from tests.sandbox.fake.receiving import receiving
from tests.sandbox.fake.stripe.asking import payment

FROZEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVENTS = 60


def _webhooks(plan: Plan, clock: FakeClock | None = None) -> Webhooks:
    return Webhooks(clock or FakeClock(lambda: FROZEN), plan, RLock())


def _announce(webhooks: Webhooks, count: int = EVENTS) -> list[Event]:
    for n in range(count):
        body = f'{{"type": "t", "n": {n}}}'.encode()
        webhooks.announce(Event(gateway="stripe", id=f"evt_{n}", type="t", body=body, created_s=1))
    return webhooks.events


def _received(plan: Plan) -> tuple[list[int], list[Event]]:
    with receiving() as receiver:
        webhooks = _webhooks(plan)
        webhooks.subscribe("stripe", f"{receiver.url}/stripe", lambda _body, _now_s: {})
        events = _announce(webhooks)
        webhooks.deliver(early=True)
        return [delivery.told["n"] for delivery in receiver.deliveries], events


def test_without_a_plan_everything_arrives_once_and_in_order():
    numbers, events = _received(Plan())

    assert numbers == list(range(EVENTS))
    assert {event.fate for event in events} == {Fate.DELIVERED}


def test_a_plan_doubles_disorders_and_loses_and_its_seed_repeats_it():
    plan = Plan(seed=7, duplicated=0.2, reordered=0.3, lost=0.2)

    numbers, events = _received(plan)
    again, _events = _received(plan)

    lost = [n for n, event in enumerate(events) if event.fate is Fate.LOST]
    assert numbers == again
    assert lost
    assert set(numbers) == set(range(EVENTS)) - set(lost)
    assert len(numbers) > len(set(numbers))
    assert numbers != sorted(numbers)


def test_a_late_delivery_waits_for_its_time():
    clock = FakeClock(lambda: FROZEN)
    with receiving() as receiver:
        webhooks = _webhooks(Plan(delay_s_max=100.0), clock)
        webhooks.subscribe("stripe", f"{receiver.url}/stripe", lambda _body, _now_s: {})
        _announce(webhooks)

        early = webhooks.deliver()
        clock.advance(50)
        half = webhooks.deliver()
        clock.advance(50)
        webhooks.deliver()

    assert early < half < EVENTS
    assert len(receiver.deliveries) == EVENTS


def test_a_refused_delivery_comes_again_until_it_is_taken():
    clock = FakeClock(lambda: FROZEN)
    with receiving() as receiver:
        receiver.statuses = [503, 500]
        webhooks = _webhooks(Plan(), clock)
        webhooks.subscribe("stripe", f"{receiver.url}/stripe", lambda _body, _now_s: {})
        (event,) = _announce(webhooks, 1)
        webhooks.deliver()
        assert webhooks.deliver() == 0
        for wait_s in RETRY_AFTER_S[:2]:
            clock.advance(wait_s)
            webhooks.deliver()

    assert event.statuses == [503, 500, 200]
    assert event.fate is Fate.DELIVERED
    assert webhooks.pending() == 0


def test_a_gateway_gives_up_one_day():
    clock = FakeClock(lambda: FROZEN)
    webhooks = _webhooks(Plan(), clock)
    webhooks.subscribe("stripe", "http://127.0.0.1:1/stripe", lambda _body, _now_s: {})
    (event,) = _announce(webhooks, 1)
    for wait_s in (0, *RETRY_AFTER_S):
        clock.advance(wait_s)
        webhooks.deliver()

    assert event.fate is Fate.GIVEN_UP
    assert event.statuses == [0] * ATTEMPTS_MAX


def test_what_was_given_up_or_lost_can_be_sent_once_more():
    with receiving() as receiver:
        webhooks = _webhooks(Plan(lost=1.0))
        webhooks.subscribe("stripe", f"{receiver.url}/stripe", lambda _body, _now_s: {})
        (event,) = _announce(webhooks, 1)
        assert webhooks.deliver() == 0

        assert webhooks.redeliver(event.id)
        assert not webhooks.redeliver("evt_unknown")
        assert webhooks.deliver() == 1

    assert event.fate is Fate.DELIVERED


def test_deliveries_are_signed_as_stripe_signs_and_read_as_facts(stage, receiver):
    paid = payment(stage, metadata={"bursar_invoice": "INV-1"})
    stage.gateways.webhooks.deliver()
    now_s = int(utc_now().timestamp())

    for delivery in receiver.deliveries:
        assert delivery.verified(SECRET, now_s) == "known"
        with pytest.raises(SignatureMismatch):
            delivery.verified(b"whsec_of_somebody_else", now_s)
    (fact,) = next(
        one for one in receiver.deliveries if one.told["type"] == "payment_intent.succeeded"
    ).read()
    assert (fact.payment, fact.amount_minor, fact.currency) == (paid.id, 5_000, "USD")


def test_a_signature_is_fresh_in_whatever_year_the_fake_lives(stage, receiver):
    stage.gateways.clock.advance(400 * 86_400)
    payment(stage)
    stage.gateways.webhooks.deliver()

    (created_s,) = {delivery.told["created"] for delivery in receiver.deliveries}
    assert created_s > int(utc_now().timestamp()) + 399 * 86_400
    assert receiver.deliveries[0].verified(SECRET, int(utc_now().timestamp())) == "known"


def test_any_seed_loses_nothing_it_does_not_say():
    for seed in random.Random(1).sample(range(1_000), 5):
        numbers, events = _received(Plan(seed=seed, duplicated=0.5, reordered=0.5, delay_s_max=5.0))

        assert set(numbers) == set(range(EVENTS))
        assert Fate.LOST not in {event.fate for event in events}
