"""How one reader sees amounts and days: by the locale of the customer. The sentences are English."""

import copy
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from bursar.rules.money import Money
from bursar.rules.money_text import LocaleRefused, money_text

LANGUAGE = "en"
"""Of every sentence here. Days are written in it too: half a sentence in another language helps nobody."""
_OTHERWISE = "en_IN"


class Reader:
    """Writes amounts and days for one locale. One that nobody knows reads as English in India: a mail about
    money is not withheld for a wrong locale.
    """

    def __init__(self, locale: str) -> None:
        self._locale = _known(locale) or _known(_OTHERWISE) or Locale(LANGUAGE)
        self._name = str(self._locale)
        territory = self._locale.territory
        self._english = _known(f"{LANGUAGE}_{territory}") or Locale(LANGUAGE)

    @property
    def lang(self) -> str:
        """What the HTML says of its language: `en-IN`."""
        return str(self._english).replace("_", "-")

    def money(self, minor: int, currency: str) -> str:
        """Minor units for reading: ₹1,23,456.50, or 123.456,50 € in German."""
        try:
            return money_text(minor, currency, self._name)
        except LocaleRefused:
            return _by_babel(minor, currency, self._locale)

    def day(self, moment: date | datetime) -> str:
        """A day that no reader can take for another: 6 October 2026, and October 6, 2026 in America."""
        shown = moment.date() if isinstance(moment, datetime) else moment
        return format_date(shown, "long", locale=self._english)

    def moment(self, moment: datetime) -> str:
        """A day and a time with its offset, for deadlines: 6 October 2026, 09:30 (UTC+05:30)."""
        return f"{self.day(moment)}, {moment:%H:%M} ({moment.tzname()})"

    def month(self, year: int, month: int) -> str:
        """A month: October 2026."""
        return format_date(date(year, month, 1), "MMMM y", locale=self._english)


@cache
def reader(locale: str) -> Reader:
    """The reader of a locale, kept: Babel takes milliseconds to read one."""
    return Reader(locale)


def _by_babel(minor: int, currency: str, locale: Locale) -> str:
    """With the decimals that ISO 4217 gives the currency, not those that CLDR thinks people use."""
    decimals = Money(amount_minor=abs(minor), currency=currency).decimal_text()
    pattern = copy.copy(locale.currency_formats["standard"])
    digits = len(decimals.partition(".")[2])
    pattern.frac_prec = (digits, digits)
    number = Decimal(decimals) if minor >= 0 else -Decimal(decimals)
    return format_currency(number, currency, pattern, locale=locale, currency_digits=False)


def _known(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None
