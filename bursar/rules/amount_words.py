"""An amount in English words, as invoices print it: Indian (lakh, crore) or short scale (million, billion).

Integers of minor units in, words out; no amount is too large, and nothing is rounded.
"""

from enum import StrEnum

from bursar.rules.money import exponent

_ONES = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
]
_TENS = ["_", "_", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
_SHORT = ((10**12, "Trillion"), (10**9, "Billion"), (10**6, "Million"), (10**3, "Thousand"))
_INDIAN = ((10**7, "Crore"), (10**5, "Lakh"), (10**3, "Thousand"))
_CURRENCIES = {
    "AED": ("Dirham", "Dirhams", "Fils"),
    "AUD": ("Australian Dollar", "Australian Dollars", "Cents"),
    "BHD": ("Bahraini Dinar", "Bahraini Dinars", "Fils"),
    "CAD": ("Canadian Dollar", "Canadian Dollars", "Cents"),
    "EUR": ("Euro", "Euros", "Cents"),
    "GBP": ("Pound Sterling", "Pounds Sterling", "Pence"),
    "INR": ("Rupee", "Rupees", "Paise"),
    "JPY": ("Yen", "Yen", ""),
    "KWD": ("Kuwaiti Dinar", "Kuwaiti Dinars", "Fils"),
    "SGD": ("Singapore Dollar", "Singapore Dollars", "Cents"),
    "USD": ("US Dollar", "US Dollars", "Cents"),
}
"""Currency -> one, many, and its hundredths or thousandths. Others are written by their code."""


class Scale(StrEnum):
    """How large numbers are grouped."""

    INDIAN = "indian"
    SHORT = "short"


def scale_of(locale: str) -> Scale:
    """The scale that readers of a locale know: lakh and crore in India."""
    return Scale.INDIAN if locale.endswith("_IN") else Scale.SHORT


def amount_words(amount_minor: int, currency: str, scale: Scale = Scale.SHORT) -> str:
    """12345650 INR, Indian: 'Rupees One Lakh Twenty-Three Thousand Four Hundred Fifty-Six and Paise Fifty
    Only'.

    A negative amount begins with 'Minus'. A currency without a name here: 'CHF One Hundred and 5/100 Only'.
    """
    unit = 10 ** exponent(currency)
    whole, part = divmod(abs(amount_minor), unit)
    one, many, hundredths = _CURRENCIES.get(currency, (currency, currency, ""))
    said = f"{one if whole == 1 else many} {number_words(whole, scale)}"
    if part:
        said += f" and {hundredths} {number_words(part, scale)}" if hundredths else f" and {part}/{unit}"
    return f"{'Minus ' if amount_minor < 0 else ''}{said} Only"


def number_words(number: int, scale: Scale = Scale.SHORT) -> str:
    """A whole number, not negative: 105 is 'One Hundred Five'."""
    if number < 1000:
        return _hundreds(number)
    groups = _INDIAN if scale is Scale.INDIAN else _SHORT
    value, name = next(group for group in groups if number >= group[0])
    head, rest = divmod(number, value)
    said = f"{number_words(head, scale)} {name}"  # the largest group counts itself: One Lakh Crore
    return f"{said} {number_words(rest, scale)}" if rest else said


def _hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest)
    said = f"{_ONES[hundreds]} Hundred"
    return f"{said} {_below_hundred(rest)}" if rest else said


def _below_hundred(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
