from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Refused
from bursar.rules.money import AMOUNT_MINOR_MAX, exponent
from bursar.rules.money_text import NO_BREAK_SPACE, LocaleRefused, money_text


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "text"),
    [
        (12345650, "INR", "en_IN", "₹1,23,456.50"),
        (12345650, "INR", "hi_IN", "₹1,23,456.50"),
        (12345650, "INR", "en_US", "₹123,456.50"),
        (6100000, "INR", "en_IN", "₹61,000.00"),
        (49900, "USD", "en_US", "$499.00"),
        (49900, "USD", "en_GB", "US$499.00"),
        (49900, "GBP", "en_GB", "£499.00"),
        (1200, "CHF", "en_US", f"CHF{NO_BREAK_SPACE}12.00"),
        (1234567, "KWD", "en_IN", f"KWD{NO_BREAK_SPACE}1,234.567"),
        (5, "INR", "en_IN", "₹0.05"),
        (0, "INR", "en_IN", "₹0.00"),
        (-5, "INR", "en_IN", "-₹0.05"),
        (99900, "INR", "en_IN", "₹999.00"),
        (100000, "INR", "en_IN", "₹1,000.00"),
        (10000000, "INR", "en_IN", "₹1,00,000.00"),
        (100000000, "INR", "en_IN", "₹10,00,000.00"),
        (1234567, "JPY", "en_US", "¥1,234,567"),
    ],
)
def test_an_amount_reads_as_its_reader_expects(amount_minor, currency, locale, text):
    assert money_text(amount_minor, currency, locale) == text


def test_the_reader_is_in_india_unless_somebody_says_otherwise():
    assert money_text(12345650, "INR") == "₹1,23,456.50"


@given(
    amount_minor=st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
    currency=st.sampled_from(["INR", "USD", "EUR", "GBP", "JPY", "KWD"]),
    locale=st.sampled_from(["en_IN", "en_US", "en_GB"]),
)
def test_every_amount_reads_as_the_unicode_locale_data_has_it(amount_minor, currency, locale):
    value = Decimal(amount_minor).scaleb(-exponent(currency))
    expected = format_currency(value, currency, locale=locale)
    # Babel leaves out the space that the same locale data asks for after a symbol that ends in a letter.
    expected = expected.replace("KWD", f"KWD{NO_BREAK_SPACE}")

    assert money_text(amount_minor, currency, locale) == expected


@pytest.mark.parametrize("locale", ["de_DE", "", "en-IN", "en_in"])
def test_an_unknown_locale_is_refused_by_name(locale):
    with pytest.raises(LocaleRefused, match="en_IN, hi_IN, en_US, en_GB") as refused:
        money_text(1, "INR", locale)

    assert isinstance(refused.value, Refused)
    assert repr(locale) in str(refused.value)
