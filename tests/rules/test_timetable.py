"""When a periodic job is due: month ends, leap days, clocks put forward and back, zones that skip a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.timetable import (
    LATE_MAX,
    CatchUp,
    Daily,
    Every,
    Monthly,
    Window,
    in_words,
    interval,
    is_due,
    is_overdue,
    next_start,
    window_at,
)

BERLIN, INDIA, APIA, KIRITIMATI, NEW_YORK, LORD_HOWE = (
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "Asia/Kolkata",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "America/New_York",
        "Australia/Lord_Howe",
    )
)
HALF_PAST_TWO = Daily(at=time(2, 30))
MONTH_END = Monthly(day=31, at=time(0, 5))
zones = st.sampled_from([BERLIN, INDIA, APIA, KIRITIMATI, NEW_YORK, LORD_HOWE, ZoneInfo("UTC")])
times = st.times().map(lambda each: each.replace(microsecond=0))
rhythms = st.one_of(
    st.integers(1, 200_000).map(lambda seconds: Every(seconds=seconds)),
    times.map(lambda at: Daily(at=at)),
    st.tuples(st.integers(1, 31), times).map(lambda each: Monthly(day=each[0], at=each[1])),
)
moments = st.integers(20 * 365 * 86_400, 120 * 365 * 86_400).map(
    lambda each: datetime.fromtimestamp(each, UTC)
)
"""From 1990 to 2089."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "zone", "now", "start", "name"),
    [
        (Every(seconds=60), INDIA, utc(2026, 11, 21, 12, 0, 59), utc(2026, 11, 21, 12), "60s/1795262400"),
        (HALF_PAST_TWO, INDIA, utc(2026, 11, 21, 21), utc(2026, 11, 21, 21), "daily/2026-11-22"),
        (HALF_PAST_TWO, INDIA, utc(2026, 11, 21, 20, 59), utc(2026, 11, 20, 21), "daily/2026-11-21"),
        # the last Sunday of March: 02:30 is skipped, the job runs at 03:30
        (HALF_PAST_TWO, BERLIN, utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 1, 30), "daily/2026-03-29"),
        (HALF_PAST_TWO, BERLIN, utc(2026, 3, 29, 1, 29), utc(2026, 3, 28, 1, 30), "daily/2026-03-28"),
        # the last Sunday of October: 02:30 comes twice, the job runs at the first
        (HALF_PAST_TWO, BERLIN, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 30), "daily/2026-10-25"),
        (HALF_PAST_TWO, BERLIN, utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 0, 30), "daily/2026-10-25"),
        # 30 December 2011 was no day in Samoa
        (HALF_PAST_TWO, APIA, utc(2011, 12, 30, 13), utc(2011, 12, 30, 12, 30), "daily/2011-12-31"),
        (MONTH_END, INDIA, utc(2026, 2, 28, 12), utc(2026, 2, 27, 18, 35), "monthly/2026-02"),
        (MONTH_END, INDIA, utc(2028, 2, 29, 12), utc(2028, 2, 28, 18, 35), "monthly/2028-02"),
        (MONTH_END, INDIA, utc(2028, 2, 28, 12), utc(2028, 1, 30, 18, 35), "monthly/2028-01"),
        (MONTH_END, INDIA, utc(2027, 1, 1), utc(2026, 12, 30, 18, 35), "monthly/2026-12"),
        (Monthly(day=1, at=time(0, 0)), NEW_YORK, utc(2027, 1, 1, 5), utc(2027, 1, 1, 5), "monthly/2027-01"),
        (
            Monthly(day=1, at=time(0, 0)),
            NEW_YORK,
            utc(2027, 1, 1, 4, 59),
            utc(2026, 12, 1, 5),
            "monthly/2026-12",
        ),
    ],
)
def test_the_open_window_is_the_newest_that_has_begun(rhythm, zone, now, start, name):
    assert window_at(rhythm, now, zone) == Window(start, name)


@given(rhythms, zones, moments)
def test_windows_follow_each_other_without_gap_or_overlap(rhythm, zone, now):
    window, following = window_at(rhythm, now, zone), next_start(rhythm, now, zone)

    assert window.start <= now < following
    assert window_at(rhythm, following, zone).start == following
    assert window_at(rhythm, following - timedelta(microseconds=1), zone) == window
    assert window_at(rhythm, following, zone).name != window.name
    assert following - window.start <= interval(rhythm) + timedelta(hours=1)


@given(st.one_of(st.just(BERLIN), st.just(INDIA), st.just(NEW_YORK)), st.integers(1995, 2080), times)
def test_a_daily_job_runs_once_on_every_day_of_a_year(zone, year, at):
    now, names = (
        datetime(year, 1, 1, tzinfo=zone).replace(hour=at.hour, minute=at.minute, second=at.second),
        [],
    )
    while now.astimezone(zone).year == year:
        names.append(window_at(Daily(at=at), now, zone).name)
        now = next_start(Daily(at=at), now, zone)

    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    assert names == [f"daily/{day}" for day in days if day.year == year]


@given(rhythms, zones, moments, st.integers(0, 3600))
def test_a_clock_put_back_opens_no_window_a_second_time(rhythm, zone, now, back_s):
    later, earlier = window_at(rhythm, now, zone), window_at(rhythm, now - timedelta(seconds=back_s), zone)

    assert earlier == later or earlier.start < later.start


@pytest.mark.parametrize(
    ("catch_up", "late", "due"),
    [
        (CatchUp.LATE, timedelta(0), True),
        (CatchUp.LATE, timedelta(hours=23), True),
        (CatchUp.NEXT, timedelta(0), True),
        (CatchUp.NEXT, LATE_MAX, True),
        (CatchUp.NEXT, LATE_MAX + timedelta(seconds=1), False),
    ],
)
def test_a_missed_time_is_made_up_for_or_waits_for_the_next(catch_up, late, due):
    window = window_at(HALF_PAST_TWO, utc(2026, 11, 21, 3), INDIA)

    assert is_due(window, window.start + late, catch_up) is due


@pytest.mark.parametrize(
    ("rhythm", "ago", "overdue"),
    [
        (Every(seconds=60), timedelta(minutes=4), False),
        (Every(seconds=60), timedelta(minutes=6), True),
        (HALF_PAST_TWO, timedelta(hours=26), False),
        (HALF_PAST_TWO, timedelta(days=2, minutes=4), True),
        (MONTH_END, timedelta(days=62), False),
        (MONTH_END, timedelta(days=63), True),
    ],
)
def test_a_job_is_overdue_once_two_of_its_intervals_have_passed(rhythm, ago, overdue):
    now = utc(2026, 11, 21, 12)

    assert is_overdue(rhythm, now - ago, now) is overdue


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        (Every(seconds=900), "every 900 s"),
        (HALF_PAST_TWO, "daily at 02:30"),
        (MONTH_END, "on day 31 of a month at 00:05"),
    ],
)
def test_a_rhythm_is_said_in_words(rhythm, words):
    assert in_words(rhythm) == words
