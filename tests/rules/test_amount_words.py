"""Amounts in words: every amount has some, and two libraries agree on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from bursar.rules.amount_words import Scale, amount_words, number_words, scale_of

INDIAN_OF_OTHERS_MAX = 10**9
"""Above 999 crore the other library has no words (num2words 0.5.14)."""


def plain(words: str) -> str:
    return words.replace(",", "").replace(" and ", " ").replace("-", " ").lower()


@pytest.mark.parametrize(
    ("amount_minor", "currency", "scale", "words"),
    [
        (
            12345650,
            "INR",
            Scale.INDIAN,
            "Rupees One Lakh Twenty-Three Thousand Four Hundred Fifty-Six and Paise Fifty Only",
        ),
        (1_00, "INR", Scale.INDIAN, "Rupee One Only"),
        (0, "INR", Scale.INDIAN, "Rupees Zero Only"),
        (5, "INR", Scale.INDIAN, "Rupees Zero and Paise Five Only"),
        (10**14, "INR", Scale.INDIAN, "Rupees One Lakh Crore Only"),
        (10**14, "USD", Scale.SHORT, "US Dollars One Trillion Only"),
        (-1_00, "EUR", Scale.SHORT, "Minus Euro One Only"),
        (1000, "JPY", Scale.SHORT, "Yen One Thousand Only"),
        (1_050, "KWD", Scale.SHORT, "Kuwaiti Dinar One and Fils Fifty Only"),
        (100_05, "CHF", Scale.SHORT, "CHF One Hundred and 5/100 Only"),
        (100, "VND", Scale.SHORT, "VND One Hundred Only"),
    ],
)
def test_an_amount_reads_as_people_write_it(amount_minor, currency, scale, words):
    assert amount_words(amount_minor, currency, scale) == words


@given(st.integers(0, INDIAN_OF_OTHERS_MAX - 1))
def test_lakhs_and_crores_are_those_of_another_library(number):
    assert plain(number_words(number, Scale.INDIAN)) == plain(num2words(number, lang="en_IN"))


@given(st.integers(0, 10**15 - 1))
def test_millions_and_billions_are_those_of_another_library(number):
    assert plain(number_words(number)) == plain(num2words(number, lang="en"))


@given(st.integers(-(10**30), 10**30), st.sampled_from(["INR", "JPY", "KWD", "CHF"]), st.sampled_from(Scale))
def test_no_amount_is_too_large_for_words(amount_minor, currency, scale):
    assert amount_words(amount_minor, currency, scale).endswith("Only")


def test_readers_in_india_count_in_lakhs():
    assert (scale_of("hi_IN"), scale_of("en_GB")) == (Scale.INDIAN, Scale.SHORT)
