"""Wrong signatures are counted per address; the memory for it is bounded, and the pause is told."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook_receiver.failures import WINDOW_S, FailureLimit

HERE = ip_address("192.0.2.7")


def failures(limit, address, count, now_s=0.0):
    return [limit.failed(address, now_s) for _ in range(count)]


@pytest.mark.parametrize("per_min", [1, 7, 30, 6000])
def test_a_minutes_worth_may_come_at_once_and_the_next_one_is_too_many(per_min):
    excesses = failures(FailureLimit(per_min), HERE, per_min + 1)

    assert [each is None for each in excesses] == [True] * per_min + [False]


def test_who_is_beyond_the_limit_is_told_when_to_come_again_and_is_within_it_then():
    limit = FailureLimit(30)
    excess = failures(limit, HERE, 31)[-1]

    assert excess.retry_after_s == 2
    assert limit.failed(HERE, 1.0) is not None
    assert limit.failed(HERE, 2.0) is None
    assert limit.failed(HERE, 2.0) is not None


def test_a_flood_is_worth_one_line_until_the_bucket_is_full_again():
    limit = FailureLimit(30)
    flood = [limit.failed(HERE, n / 10) for n in range(3_000)]
    later = failures(limit, HERE, 31, now_s=300 + WINDOW_S)

    assert sum(each is not None and each.first for each in flood) == 1
    assert later[-1].first


def test_one_address_does_not_use_up_what_another_may_do():
    limit = FailureLimit(5)
    failures(limit, HERE, 10)

    assert limit.failed(ip_address("192.0.2.8"), 0.0) is None


def test_all_addresses_of_one_ipv6_subscriber_share_a_bucket():
    limit = FailureLimit(1)

    assert limit.failed(ip_address("2001:db8::1"), 0.0) is None
    assert limit.failed(ip_address("2001:db8::ffff:2"), 0.0) is not None
    assert limit.failed(ip_address("2001:db8:0:1::1"), 0.0) is None


def test_senders_without_an_address_share_a_bucket():
    assert [each is None for each in failures(FailureLimit(1), None, 2)] == [True, False]


def test_no_number_of_addresses_takes_more_memory_and_the_busiest_is_remembered():
    limit = FailureLimit(2, addresses_max=8)
    failures(limit, HERE, 3)
    for n in range(1_000):
        limit.failed(ip_address(n), 0.0)
        limit.failed(HERE, 0.0)

    assert len(limit) == 8
    assert limit.failed(HERE, 0.0) is not None


@given(st.lists(st.floats(0, 20), min_size=1, max_size=300), st.integers(1, 50))
def test_within_any_minute_no_more_than_twice_the_setting_is_let_through(pauses, per_min):
    limit, now, passed = FailureLimit(per_min), 0.0, []
    for pause in pauses:
        now += pause
        if limit.failed(HERE, now) is None:
            passed.append(now)

    assert all(sum(at <= each < at + WINDOW_S for each in passed) <= 2 * per_min for at in passed)
