import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.rules.money import (
    AMOUNT_MINOR_MAX,
    AmountRefused,
    CurrencyRefused,
    Money,
    checked_amount,
    checked_currency,
    exponent,
    parse_amount,
    split,
)


@pytest.mark.parametrize(
    ("currency", "places"), [("INR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("XXX", 2)]
)
def test_a_currency_has_the_decimals_that_iso_gives_it(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize("amount", [1, 2, AMOUNT_MINOR_MAX])
def test_a_positive_integer_is_an_amount(amount):
    assert checked_amount(amount, "amount") == amount


@pytest.mark.parametrize("value", [0, -1, AMOUNT_MINOR_MAX + 1, 1.0, "1", True, None, [1]])
def test_anything_but_a_positive_integer_is_no_amount(value):
    with pytest.raises(AmountRefused, match="amount must be"):
        checked_amount(value, "amount")


@pytest.mark.parametrize(("value", "currency"), [("INR", "INR"), ("usd", "USD")])
def test_a_currency_is_written_in_capitals(value, currency):
    assert checked_currency(value) == currency


@pytest.mark.parametrize("value", ["", "US", "USDT", "U1D", "ÄÖÜ", None, 840])
def test_anything_but_three_letters_is_no_currency(value):
    with pytest.raises(CurrencyRefused):
        checked_currency(value)


@pytest.mark.parametrize(
    ("amount_minor", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [50, 30, 20], [50, 30, 20]),
        (1, [1, 1], [1, 0]),
        (2, [1, 2, 3], [0, 1, 1]),
        (0, [1, 2], [0, 0]),
        (5, [0, 1], [0, 5]),
    ],
)
def test_a_split_gives_what_is_left_over_to_the_largest_remainders(amount_minor, weights, shares):
    assert split(amount_minor, weights) == shares


@pytest.mark.parametrize("weights", [[0], [0, 0], [-1, 2]])
def test_a_split_by_nothing_or_by_less_is_refused(weights):
    with pytest.raises(Broken, match="weights"):
        split(10, weights)


@given(
    amount_minor=st.integers(0, AMOUNT_MINOR_MAX),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_the_shares_of_a_split_sum_to_the_whole_and_are_off_by_less_than_one(amount_minor, weights):
    shares = split(amount_minor, weights)

    assert sum(shares) == amount_minor
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - amount_minor * weight) < whole


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (6100000, "INR", "61000.00"),
        (5, "INR", "0.05"),
        (0, "INR", "0.00"),
        (-5, "USD", "-0.05"),
        (1234, "JPY", "1234"),
        (-1, "JPY", "-1"),
        (1234567, "KWD", "1234.567"),
        (7, "KWD", "0.007"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(amount_minor, currency, text):
    assert Money(amount_minor=amount_minor, currency=currency).decimal_text() == text


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1250", "INR", 1250_00),
        ("1,250.5", "INR", 1250_50),
        ("1,23,456.50", "INR", 123456_50),
        (" 0.01 ", "USD", 1),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
    ],
)
def test_what_a_person_types_is_an_exact_amount(text, currency, minor):
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "INR"),
        ("0", "INR"),
        ("-5", "INR"),
        ("1.005", "INR"),
        ("1.5", "JPY"),
        ("1e3", "INR"),
        ("1_000", "INR"),
        ("१००", "INR"),
        ("1.2.3", "INR"),
        ("999999999999999", "INR"),
    ],
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(AmountRefused):
        parse_amount(text, currency)
