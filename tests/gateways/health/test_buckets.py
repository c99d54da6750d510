"""How often one may ask: what is there at once, what drops in, and that workers share it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import fakeredis
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Transient
from bursar.gateways.health.buckets import (
    ATTEMPTS_MAX,
    GATEWAY_RATES,
    OTHER_RATE,
    Buckets,
    Rate,
    RateLimited,
    a_minute,
    draw,
    in_any_second,
)
from bursar.gateways.health.connection import SharedRedis

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
ASHA, BEN = UUID(int=1), UUID(int=2)
SLOW = Rate(every_ms=3_600_000, burst=3)
"""Nothing drops in while a test runs."""
WORKERS, DRAWS_EACH = 8, 5


def test_a_full_bucket_gives_its_burst_and_then_says_how_long_to_wait(client):
    assert [draw(client, name="x", rate=SLOW) for _ in range(3)] == [0, 0, 0]

    wait_ms = draw(client, name="x", rate=SLOW)

    assert 0 < wait_ms <= SLOW.every_ms
    assert draw(client, name="y", rate=SLOW) == 0


def test_waiting_as_long_as_was_said_is_enough_for_one(client, let_pass):
    for _ in range(3):
        draw(client, name="x", rate=SLOW)
    wait_ms = draw(client, name="x", rate=SLOW)

    let_pass(wait_ms / 1_000)

    assert draw(client, name="x", rate=SLOW) == 0
    assert draw(client, name="x", rate=SLOW) > 0


def test_a_bucket_fills_to_its_burst_and_no_further_and_is_then_forgotten(client, let_pass):
    for _ in range(3):
        draw(client, name="x", rate=SLOW)

    let_pass(100 * 3_600)

    assert client.keys("bursar:*") == []
    assert [draw(client, name="x", rate=SLOW) > 0 for _ in range(4)] == [False, False, False, True]


def test_a_refused_draw_costs_nothing(client):
    for _ in range(3):
        draw(client, name="x", rate=SLOW)
    before_ms = client.pttl("bursar:bucket:x")

    for _ in range(5):
        assert draw(client, name="x", rate=SLOW) > 0

    assert client.pttl("bursar:bucket:x") <= before_ms


def test_workers_that_draw_at_once_get_no_more_than_there_is(connect):
    rate = Rate(every_ms=3_600_000, burst=10)

    def drawn(_worker) -> int:
        client = connect()
        return [draw(client, name="x", rate=rate) for _ in range(DRAWS_EACH)].count(0)

    with ThreadPoolExecutor(WORKERS) as threads:
        together = sum(threads.map(drawn, range(WORKERS)))
    left = [draw(connect(), name="x", rate=rate) for _ in range(rate.burst)].count(0)

    # Who was disturbed too often was told to wait; no token was lost to that, and none given twice.
    assert together + left == rate.burst


def test_a_draw_that_others_always_disturb_is_told_to_wait_and_costs_nothing(client, connect):
    assert draw(client, name="x", rate=SLOW) == 0
    disturbed = Disturbed(client, connect())

    assert draw(disturbed, name="x", rate=SLOW) == SLOW.every_ms

    assert disturbed.attempts == ATTEMPTS_MAX
    assert client.get("bursar:bucket:x") == f"disturbed {ATTEMPTS_MAX} times"


class Disturbed:
    """A client to whom another one is always quicker, once the bucket was looked at."""

    def __init__(self, client, other) -> None:
        self.attempts, self._client, self._other = 0, client, other
        self.set = client.set

    def pipeline(self):
        pipe = self._client.pipeline()
        look = pipe.pttl

        def looked_at(key):
            found = look(key)
            self.attempts += 1
            self._other.set(key, f"disturbed {self.attempts} times", px=60_000)
            return found

        pipe.pttl = looked_at
        return pipe


@given(
    rate=st.builds(Rate, every_ms=st.integers(1, 2_000), burst=st.integers(1, 8)),
    pauses_ms=st.lists(st.integers(0, 5_000), min_size=1, max_size=30),
)
def test_in_any_stretch_of_time_no_more_is_drawn_than_burst_and_what_dropped_in(rate, pauses_ms):
    client, drawn_at = fakeredis.FakeRedis(), []
    with time_machine.travel(NOON, tick=False) as clock:
        now_ms = 0
        for pause_ms in pauses_ms:
            clock.shift(pause_ms / 1_000)
            now_ms += pause_ms
            if draw(client, name="x", rate=rate) == 0:
                drawn_at.append(now_ms)

    for first, since_ms in enumerate(drawn_at):
        for last in range(first, len(drawn_at)):
            in_ms = drawn_at[last] - since_ms
            # Clocks of whole milliseconds: one may have been counted off early.
            assert last - first + 1 <= rate.burst + (in_ms + 1) / rate.every_ms


@pytest.mark.parametrize("requests", [2, 5, 10, 25, 99, 100, 1_000])
def test_a_rate_by_the_second_holds_in_any_second(requests):
    rate = in_any_second(requests)

    assert rate.burst + 1_000 / rate.every_ms <= requests


@pytest.mark.parametrize("requests", [1, 7, 10, 6_000])
def test_a_rate_by_the_minute_gives_all_at_once_and_as_many_again_in_a_minute(requests):
    rate = a_minute(requests)

    assert rate.burst == requests
    assert 60_000 / rate.every_ms <= requests < 60_000 / rate.every_ms + 1


@pytest.mark.parametrize(
    ("account", "rate"), [*GATEWAY_RATES.items(), ("razorpay:live", OTHER_RATE), ("acme:test", OTHER_RATE)]
)
def test_an_account_may_be_asked_at_its_rate_and_the_error_says_when_again(account, rate):
    buckets = Buckets(SharedRedis(fakeredis.FakeRedis()), customer_requests_per_min=10)
    with time_machine.travel(NOON, tick=False):
        for _ in range(rate.burst):
            buckets.admit_request(account)

        with pytest.raises(RateLimited) as limited:
            buckets.admit_request(account)

    assert limited.value.retry_after_s == rate.every_ms / 1_000
    assert str(limited.value) == f"{account} is asked too often: wait {rate.every_ms / 1_000:g} s"
    assert isinstance(limited.value, Transient)


def test_each_customer_has_a_bucket_of_the_configured_size(shared):
    buckets = Buckets(shared, customer_requests_per_min=2)
    for customer in (ASHA, BEN, ASHA, BEN):
        buckets.admit_customer(customer)

    with pytest.raises(RateLimited, match="this customer asks too often") as limited:
        buckets.admit_customer(ASHA)

    assert 0 < limited.value.retry_after_s <= 30
    assert str(ASHA) not in str(limited.value)


def test_without_redis_nothing_is_refused():
    buckets = Buckets(SharedRedis(None), customer_requests_per_min=1)

    for _ in range(100):
        buckets.admit_customer(ASHA)
        buckets.admit_request("stripe:test")
