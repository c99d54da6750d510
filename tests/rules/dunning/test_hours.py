"""People are troubled in their own hours, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.dunning.hours import day_of, is_open, next_open, starts_at
from bursar.rules.dunning.policy import Hours

KOLKATA, LONDON, APIA = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/London"), ZoneInfo("Pacific/Apia")
ZONES = ["Asia/Kolkata", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        (KOLKATA, "2026-11-20T03:29", "2026-11-20T03:30"),  # 08:59 there
        (KOLKATA, "2026-11-20T03:30", "2026-11-20T03:30"),
        (KOLKATA, "2026-11-20T13:29", "2026-11-20T13:29"),
        (KOLKATA, "2026-11-20T13:30", "2026-11-21T03:30"),  # 19:00 there
        (KOLKATA, "2026-11-21T14:00", "2026-11-23T03:30"),  # Saturday evening
        (LONDON, "2026-03-28T20:00", "2026-03-30T08:00"),  # the clocks went forward on Sunday
        (LONDON, "2026-10-24T20:00", "2026-10-26T09:00"),  # and back
        (LONDON, "2028-02-28T20:00", "2028-02-29T09:00"),  # a leap day is a day
    ],
)
def test_the_next_moment_at_which_a_person_may_be_troubled(zone, moment, expected):
    assert next_open(Hours(), zone, utc(moment)) == utc(expected)


def test_holidays_are_passed_over():
    hours = Hours(holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}))

    assert starts_at(hours, LONDON, date(2026, 12, 25)) == utc("2026-12-28T09:00")


def test_the_day_is_the_customers():
    assert day_of(utc("2026-11-20T19:00"), KOLKATA) == date(2026, 11, 21)


def test_an_hour_that_the_clocks_leave_out_is_an_hour_later():
    night = Hours(opens=time(1, 30), closes=time(4), weekdays=frozenset(range(7)))

    assert starts_at(night, LONDON, date(2026, 3, 29)) == utc("2026-03-29T01:30")
    assert is_open(night, LONDON, utc("2026-03-29T01:30"))


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    moment=st.integers(0, 6 * 366 * 24 * 60).map(lambda n: utc("2024-01-01") + timedelta(minutes=n)),
    opens=st.integers(0, 21 * 60),
    length=st.integers(2 * 60, 23 * 60),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)
def test_the_next_open_moment_is_open_and_never_before(zone, moment, opens, length, weekdays):
    closes = min(opens + length, 23 * 60 + 59)
    hours = Hours(
        opens=time(opens // 60, opens % 60), closes=time(closes // 60, closes % 60), weekdays=weekdays
    )

    found = next_open(hours, zone, moment)

    assert found >= moment
    assert is_open(hours, zone, found)
    assert next_open(hours, zone, found) == found
    assert found - moment <= timedelta(days=8, hours=2)
