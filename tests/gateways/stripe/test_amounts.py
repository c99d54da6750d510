import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.amounts import iso_amount, iso_currency, iso_signed_amount, stripe_amount


@pytest.mark.parametrize(
    ("currency", "stripe_says", "iso"),
    [
        ("USD", 1_050, 1_050),  # 10.50
        ("JPY", 1_050, 1_050),  # zero-decimal for both
        ("KWD", 10_500, 10_500),  # three decimals for both
        ("HUF", 1_050, 1_050),  # only payouts are whole forints
        ("ISK", 105_000, 1_050),  # 100 = 1 króna
        ("UGX", 105_000, 1_050),
        ("MGA", 1_050, 105_000),  # ISO counts iraimbilanja, in hundredths by custom
    ],
)
def test_amounts_arrive_in_iso_minor_units(currency, stripe_says, iso):
    assert iso_amount({"amount": stripe_says}, "amount", currency, "at") == iso
    assert stripe_amount(iso, currency) == stripe_says


@given(st.integers(1, 10**9), st.sampled_from(["USD", "INR", "JPY", "KWD", "ISK", "UGX"]))
def test_there_and_back_is_the_same_amount(amount_minor, currency):
    there = stripe_amount(amount_minor, currency)

    assert iso_amount({"amount": there}, "amount", currency, "at") == amount_minor


@given(st.integers(-(10**9), 10**9), st.sampled_from(["USD", "INR", "JPY", "KWD", "ISK", "UGX"]))
def test_what_moved_on_a_balance_keeps_its_sign(amount_minor, currency):
    there = stripe_amount(amount_minor, currency)

    assert iso_signed_amount({"amount": there}, "amount", currency, "at") == amount_minor


@pytest.mark.parametrize("amount", [None, True, False, 1.0, "-5", -(10**13) - 1, 10**13 + 1, -101])
def test_a_movement_that_is_not_whole_minor_units_is_unreadable(amount):
    with pytest.raises(Unreadable, match=r"^at\.amount must be"):
        iso_signed_amount({"amount": amount}, "amount", "ISK", "at")


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
@pytest.mark.parametrize("amount", [1, 99, 101, 105_050])
def test_a_fraction_of_a_currency_without_fractions_is_unreadable(currency, amount):
    with pytest.raises(Unreadable, match=r"at\.amount must be a multiple of 100"):
        iso_amount({"amount": amount}, "amount", currency, "at")


def test_the_limit_counts_after_the_conversion():
    with pytest.raises(Unreadable):
        iso_amount({"amount": 10**12}, "amount", "MGA", "at")


def test_stripe_cannot_be_asked_for_a_fraction_of_an_ariary():
    with pytest.raises(Broken):
        stripe_amount(150, "MGA")


@pytest.mark.parametrize(("value", "code"), [("usd", "USD"), ("inr", "INR"), ("EUR", "EUR")])
def test_currencies_are_upper_case_here(value, code):
    assert iso_currency({"currency": value}, "at") == code


@pytest.mark.parametrize("value", [None, "", "us", "usdt", "u5d", "ÜSD", 840, ["usd"]])
def test_anything_but_three_letters_is_unreadable(value):
    with pytest.raises(Unreadable, match=r"^at\.currency must be three letters$"):
        iso_currency({"currency": value}, "at")
