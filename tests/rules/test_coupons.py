"""What a code takes off comes off the lines, to the minor unit, and never leaves a line with nothing."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bursar.rules.coupons import Coupon, CouponRefused, take_off
from bursar.rules.invoicing import Fee

TODAY = date(2026, 11, 21)
TENTH = Coupon(code="TENTH", percent_bp=1000)
FIXED = Coupon(code="FIVER", amount_minor=500, currency="INR")
FEES = [Fee(component="Tuition", unit_minor=1000), Fee(component="Books", unit_minor=250, quantity=2)]


def taken(coupon: Coupon, fees=FEES, currency="INR", today=TODAY, uses=0) -> list[int]:
    found = take_off(coupon, fees, currency=currency, today=today, uses_of_customer=uses)
    return [fee.discount_minor for fee in found]


@pytest.mark.parametrize(
    ("coupon", "off"),
    [
        (TENTH, [100, 50]),
        (FIXED, [333, 167]),
        (replace(TENTH, component="Books"), [0, 50]),
        (replace(FIXED, amount_minor=499, component="Books"), [0, 499]),
        (replace(TENTH, percent_bp=4), [1, 0]),
        (replace(TENTH, starts_on=TODAY, ends_on=TODAY), [100, 50]),
        (replace(TENTH, max_uses=5, used=4, max_per_customer=1), [100, 50]),
    ],
)
def test_a_share_or_an_amount_is_spread_over_the_lines_it_is_meant_for(coupon, off):
    assert taken(coupon) == off


def test_it_comes_on_top_of_a_discount_that_is_there():
    fees = [Fee(component="Tuition", unit_minor=1000, discount_minor=200)]

    assert taken(TENTH, fees) == [280]


@given(
    st.lists(st.integers(2, 10**7), min_size=1, max_size=6),
    st.integers(1, 9_999),
)
def test_what_is_taken_off_is_the_rounded_share_of_the_whole(units, share_bp):
    fees = [Fee(component=f"c{n}", unit_minor=unit) for n, unit in enumerate(units)]
    coupon = Coupon(code="X", percent_bp=share_bp)

    try:
        off = taken(coupon, fees)
    except CouponRefused:
        assume(False)

    exact = sum(units) * share_bp / 10_000
    assert abs(sum(off) - exact) <= 0.5
    assert all(0 <= each < unit for each, unit in zip(off, units, strict=True))


@pytest.mark.parametrize(
    ("coupon", "words", "why"),
    [
        (replace(TENTH, disabled=True), {}, "does not hold any more"),
        (replace(TENTH, starts_on=date(2026, 11, 22)), {}, "holds from 2026-11-22 on"),
        (replace(TENTH, ends_on=date(2026, 11, 20)), {}, "held until 2026-11-20"),
        (FIXED, {"currency": "USD"}, "holds for INR, and this invoice is in USD"),
        (replace(TENTH, max_uses=5, used=5), {}, "is used up"),
        (replace(TENTH, max_per_customer=1), {"uses": 1}, "was used before, and holds 1 times each"),
        (replace(TENTH, component="Hostel"), {}, "takes nothing off this invoice"),
        (replace(TENTH, percent_bp=3), {}, "takes nothing off this invoice"),
        (replace(FIXED, amount_minor=1500), {}, "would leave nothing to pay of Tuition"),
        (replace(FIXED, amount_minor=99_999), {}, "would leave nothing to pay of Tuition"),
    ],
)
def test_a_code_that_does_not_hold_is_refused_in_words_for_the_payer(coupon, words, why):
    with pytest.raises(CouponRefused, match=why):
        taken(coupon, **words)


@pytest.mark.parametrize(
    ("coupon", "why"),
    [
        (Coupon(code="X"), "a share or an amount"),
        (replace(TENTH, amount_minor=1, currency="INR"), "a share or an amount"),
        (replace(TENTH, percent_bp=0), "0.01 to 99.99"),
        (replace(TENTH, percent_bp=10_000), "0.01 to 99.99"),
        (replace(FIXED, amount_minor=0), "more than nothing"),
        (replace(FIXED, currency=None), "needs its currency"),
        (replace(TENTH, currency="INR"), "needs its currency"),
        (replace(TENTH, starts_on=date(2026, 2, 2), ends_on=date(2026, 2, 1)), "ends before it starts"),
    ],
)
def test_a_code_that_says_nothing_clear_is_not_made(coupon, why):
    with pytest.raises(CouponRefused, match=why):
        coupon.check()


@pytest.mark.parametrize("coupon", [TENTH, FIXED, replace(TENTH, starts_on=TODAY, ends_on=TODAY)])
def test_a_clear_one_is(coupon):
    coupon.check()
