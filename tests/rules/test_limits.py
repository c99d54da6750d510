"""What a plan allows is counted and refused beyond; nobody loses what there is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.limits import (
    AMOUNT_MAX,
    EVER,
    AmountRefused,
    Limit,
    LimitPer,
    LimitReached,
    Standing,
    check_amount,
    widest,
)

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def limit(maximum: int | None = 5, plan: str = "basic", per: LimitPer = LimitPer.EVER, start=None) -> Limit:
    return Limit(plan=plan, name="seats", maximum=maximum, per=per, period_start=start)


@pytest.mark.parametrize(
    ("maximum", "used", "left"), [(5, 0, 5), (5, 5, 0), (5, 9, 0), (0, 0, 0), (None, 9, None)]
)
def test_what_is_left_is_never_negative_and_may_be_endless(maximum, used, left):
    assert Standing(limit=limit(maximum), used=used).left == left


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20))
def test_what_is_within_is_allowed_and_what_is_beyond_refused(maximum, used, amount):
    standing = Standing(limit=limit(maximum), used=used)

    if used + amount <= maximum:
        standing.check(amount)
    else:
        with pytest.raises(LimitReached):
            standing.check(amount)


def test_a_plan_without_a_maximum_refuses_nothing():
    Standing(limit=limit(None), used=AMOUNT_MAX).check(AMOUNT_MAX)


@pytest.mark.parametrize(
    ("per", "words"), [(LimitPer.EVER, "at once"), (LimitPer.PERIOD, "per billing period")]
)
def test_a_refusal_says_what_the_plan_allows(per, words):
    with pytest.raises(
        LimitReached, match=f"the plan basic allows 5 seats {words}; 4 are used, 2 more are too"
    ):
        Standing(limit=limit(per=per), used=4).check(2)


@pytest.mark.parametrize(
    ("per", "start", "window"),
    [
        (LimitPer.EVER, BEGAN, EVER),
        (LimitPer.PERIOD, BEGAN, "2026-11-01T00:00:00+00:00"),
        (LimitPer.PERIOD, None, "begun"),
    ],
)
def test_uses_are_counted_together_within_a_window(per, start, window):
    assert limit(per=per, start=start).window == window


@pytest.mark.parametrize(
    ("limits", "plan"),
    [
        ([], None),
        ([limit(1, "basic")], "basic"),
        ([limit(1, "basic"), limit(9, "gold")], "gold"),
        ([limit(9, "gold"), limit(None, "school")], "school"),
        ([limit(9, "gold"), limit(9, "basic")], "basic"),
        ([limit(0, "free")], "free"),
    ],
)
def test_of_several_plans_the_one_that_allows_most_counts(limits, plan):
    found = widest(limits)

    assert (found.plan if found else None) == plan


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1])
def test_an_amount_is_a_number_of_things(amount):
    with pytest.raises(AmountRefused):
        check_amount(amount)


def test_an_ordinary_amount_is_taken():
    assert check_amount(1) == 1
