"""How an amount reads in a locale: ₹1,23,456.50. No library, no clock, no rounding; minor units in, text out.

It exists because a general formatter costs 55 microseconds per amount, and a receipt prints thirty of them.
"""

from bursar.errors import Refused
from bursar.rules.money import Money

NO_BREAK_SPACE = "\u00a0"

# Unicode CLDR symbols that the locales below share. A currency that is not here is written by its code.
_SYMBOLS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "JP¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
}
# Where a locale writes the same currency differently: a plain $ in Britain could be any of six dollars.
_LOCAL_SYMBOLS = {
    "en_IN": _SYMBOLS,
    "hi_IN": _SYMBOLS,
    "en_US": _SYMBOLS | {"JPY": "¥"},
    "en_GB": _SYMBOLS | {"USD": "US$"},
}
_LOCALES_IN_LAKHS = frozenset({"en_IN", "hi_IN"})


class LocaleRefused(Refused):
    """A locale in which Bursar does not know how to write money."""


def money_text(amount_minor: int, currency: str, locale: str = "en_IN") -> str:
    """Write minor units for a reader: 12345650 INR is '₹1,23,456.50' in en_IN and '₹123,456.50' in en_US.

    A negative amount leads with a minus. A currency without a symbol is its code and a no-break space:
    'CHF 12.00'. Raises LocaleRefused for a locale other than en_IN, hi_IN, en_US and en_GB.
    """
    symbols = _LOCAL_SYMBOLS.get(locale)
    if symbols is None:
        known = ", ".join(_LOCAL_SYMBOLS)
        raise LocaleRefused(f"cannot write money in locale {locale!r}; use one of {known}")
    symbol = symbols.get(currency) or f"{currency}{NO_BREAK_SPACE}"
    whole, point, decimals = (
        Money(amount_minor=abs(amount_minor), currency=currency).decimal_text().partition(".")
    )
    grouped = _in_lakhs(whole) if locale in _LOCALES_IN_LAKHS else f"{int(whole):,}"
    return f"{'-' if amount_minor < 0 else ''}{symbol}{grouped}{point}{decimals}"


def _in_lakhs(digits: str) -> str:
    """Group the last three digits, then pairs: 12345678 is '1,23,45,678'."""
    head, tail = digits[:-3], digits[-3:]
    if not head:
        return tail
    odd = len(head) % 2
    pairs = [head[:odd]] if odd else []
    pairs += [head[i : i + 2] for i in range(odd, len(head), 2)]
    return ",".join([*pairs, tail])
