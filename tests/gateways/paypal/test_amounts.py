from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways.paypal.amounts import get_money, get_signed_money, paypal_text
from bursar.gateways.protocol import Unreadable
from bursar.rules.money import AMOUNT_MINOR_MAX, exponent

CURRENCIES = ["USD", "EUR", "INR", "JPY", "HUF", "TWD"]
WHOLE = {"JPY", "HUF", "TWD"}
"""What PayPal writes without decimals."""


def minor(value, currency="USD"):
    return get_signed_money({"amount": {"currency_code": currency, "value": value}}, "amount", "capture")[0]


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ({"currency_code": "USD", "value": "10.00"}, (1_000, "USD")),
        ({"currency": "USD", "value": "10.00"}, (1_000, "USD")),
        ({"currency": "USD", "total": "10.00"}, (1_000, "USD")),
        ({"currency": "USD", "total": "-0.35", "details": {"subtotal": "-0.51"}}, (-35, "USD")),
        ({"currency_code": "eur", "value": "0.01"}, (1, "EUR")),
    ],
)
def test_all_three_shapes_say_the_same(amount, told):
    assert get_signed_money({"amount": amount}, "amount", "capture") == told


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        ("10", "USD", 1_000),
        ("10.5", "USD", 1_050),
        ("10.500", "USD", 1_050),
        (".5", "USD", 50),
        ("007.10", "USD", 710),
        ("0", "USD", 0),
        ("-0.00", "USD", 0),
        ("1500", "JPY", 1_500),
        ("1500.00", "JPY", 1_500),
        ("1500", "HUF", 150_000),
        ("1500", "TWD", 150_000),
        ("1.234", "KWD", 1_234),
        ("99999999999.99", "USD", 9_999_999_999_999),
    ],
)
def test_a_decimal_text_is_exactly_so_many_minor_units(value, currency, expected):
    assert minor(value, currency) == expected


@pytest.mark.parametrize(
    ("value", "currency"),
    [("10.001", "USD"), ("1500.5", "JPY"), ("1500.50", "HUF"), ("1500.01", "TWD"), ("1.2345", "KWD")],
)
def test_what_would_have_to_be_rounded_is_refused(value, currency):
    with pytest.raises(Unreadable, match=r"^capture\.amount\.value has more decimals"):
        minor(value, currency)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "-",
        "1.",
        "1,000.00",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1_0",
        "٣",
        "0x1",
        "NaN",
        "1.0.0",
        "--1",
        "1" * 33,
    ],
)
def test_what_is_no_decimal_text_is_refused(value):
    with pytest.raises(Unreadable, match="must be a decimal number as text"):
        minor(value)


@pytest.mark.parametrize("value", [10, 10.0, None, True, ["10"], {"value": "10"}])
def test_a_number_that_is_not_text_is_refused_for_a_parser_may_have_rounded_it(value):
    with pytest.raises(Unreadable, match="must be a decimal number as text"):
        minor(value)


@pytest.mark.parametrize("amount", [None, [], "10.00", {}, {"value": "10.00"}, {"currency_code": "USD"}])
def test_an_amount_needs_a_number_and_a_currency(amount):
    with pytest.raises(Unreadable, match=r"^capture\.amount must be an object with a value and a currency$"):
        get_money({"amount": amount}, "amount", "capture")


@pytest.mark.parametrize("currency", ["US", "USDT", "U1D", None, 840])
def test_a_currency_is_three_letters(currency):
    with pytest.raises(Unreadable, match=r"^capture\.amount\.currency_code must be three letters$"):
        minor("1.00", currency)


@pytest.mark.parametrize("value", ["0.00", "-1.00"])
def test_money_that_came_is_above_0(value):
    with pytest.raises(Unreadable, match=r"^capture\.amount must be above 0$"):
        get_money({"amount": {"currency_code": "USD", "value": value}}, "amount", "capture")


@pytest.mark.parametrize("value", ["100000000000.01", "9" * 30])
def test_more_than_all_the_money_there_is_is_refused(value):
    with pytest.raises(Unreadable, match="at most"):
        minor(value)


@given(st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX), st.sampled_from(CURRENCIES))
def test_what_we_write_we_read_back(amount, currency):
    if currency in WHOLE:
        amount -= amount % 10 ** exponent(currency)

    assert minor(paypal_text(amount, currency), currency) == amount


@given(st.text(alphabet="0123456789.-", max_size=14), st.sampled_from(CURRENCIES))
def test_whatever_is_read_is_what_decimal_arithmetic_says(value, currency):
    try:
        read = minor(value, currency)
    except Unreadable:
        return

    assert Decimal(value).scaleb(exponent(currency)) == read


def test_fractions_of_a_currency_without_decimals_cannot_be_written():
    with pytest.raises(Unreadable, match="no decimals in HUF"):
        paypal_text(150_050, "HUF")
