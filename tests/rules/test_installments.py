"""Parts come to the whole, fall on real days, and are paid in their order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.installments import (
    PARTS_MAX,
    PARTS_MIN,
    Every,
    PlanRefused,
    checked,
    due_dates,
    due_now,
    equal_parts,
    standings,
)

FIRST = date(2026, 12, 5)
days = st.dates(date(2020, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("first", "every", "found"),
    [
        (date(2027, 1, 31), Every.MONTH, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (date(2027, 12, 31), Every.MONTH, ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
        (date(2026, 11, 30), Every.QUARTER, ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]),
        (date(2026, 12, 25), Every.WEEK, ["2026-12-25", "2027-01-01", "2027-01-08", "2027-01-15"]),
        (date(2026, 12, 25), Every.FORTNIGHT, ["2026-12-25", "2027-01-08", "2027-01-22", "2027-02-05"]),
    ],
)
def test_the_days_of_a_plan_are_real_days_and_keep_the_first_ones_day(first, every, found):
    assert [each.isoformat() for each in due_dates(first, every, 4)] == found


@given(st.integers(PARTS_MAX, 10**12), days, st.sampled_from(Every), st.integers(PARTS_MIN, PARTS_MAX))
def test_equal_parts_come_to_the_whole_and_differ_by_one_at_most(total, first, every, count):
    plan = equal_parts(total, due_dates(first, every, count))

    amounts = [each.amount_minor for each in plan]
    assert sum(amounts) == total
    assert max(amounts) - min(amounts) <= 1
    assert amounts == sorted(amounts, reverse=True)
    assert [each.seq for each in plan] == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], "2 to 60 parts, not 0"),
        ([(FIRST, 100)], "2 to 60 parts, not 1"),
        ([(FIRST + timedelta(n), 1) for n in range(61)], "2 to 60 parts, not 61"),
        ([(FIRST, 50), (FIRST, 50)], "due later than the one before"),
        ([(FIRST, 50), (date(2026, 12, 4), 50)], "due later than the one before"),
        ([(FIRST, 100), (date(2027, 1, 5), 0)], "more than nothing"),
        ([(FIRST, 50), (date(2027, 1, 5), 49)], "come to 99 minor units and the invoice to 100"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(parts, why):
    with pytest.raises(PlanRefused, match=why):
        checked(parts, 100)


def test_no_days_are_no_plan():
    with pytest.raises(PlanRefused, match="not 0"):
        equal_parts(100, [])


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8), st.integers(0, 8000))
def test_the_first_parts_are_paid_once_as_much_is_settled_as_they_come_to(amounts, settled):
    plan = checked([(FIRST + timedelta(n), each) for n, each in enumerate(amounts)], sum(amounts))

    found = standings(plan, settled)

    assert sum(each.open_minor for each in found) == max(0, sum(amounts) - settled)
    for n, each in enumerate(found, 1):
        assert each.is_paid == (settled >= sum(amounts[:n]))


@pytest.mark.parametrize(
    ("settled", "today", "due", "late"),
    [
        (0, date(2026, 12, 4), 40, 0),
        (0, date(2026, 12, 5), 40, 0),
        (0, date(2026, 12, 6), 40, 1),
        (10, date(2027, 1, 6), 60, 2),
        (40, date(2026, 12, 6), 30, 0),
        (100, date(2027, 3, 1), 0, 0),
    ],
)
def test_what_is_due_by_now_is_asked_for_and_the_next_part_before(settled, today, due, late):
    plan = checked([(FIRST, 40), (date(2027, 1, 5), 30), (date(2027, 2, 5), 30)], 100)

    found = standings(plan, settled)

    assert due_now(found, today) == due
    assert sum(each.is_overdue(today) for each in found) == late
