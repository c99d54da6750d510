"""Numbers that people file: gapless per series and fiscal year, at most sixteen characters."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bursar.errors import Refused, invariant

NUMBER_LENGTH_MAX = 16
"""Characters of a document number (India, CGST Rules 2017, Rule 46(b))."""
_ALLOWED = re.compile(r"[A-Za-z0-9/-]{1,16}")
FISCAL_ZONE = ZoneInfo("Asia/Kolkata")
"""Where the fiscal year turns, and whose calendar day stands on a paper."""
FISCAL_YEAR_STARTS_IN = 4
"""April: India's fiscal year runs from 1 April to 31 March."""


class NumberTooLong(Refused):
    """A document number would not fit sixteen characters: shorten the prefix or start a new series."""


def fiscal_day(moment: datetime) -> date:
    """The calendar day of an aware moment, where the fiscal year turns."""
    return moment.astimezone(FISCAL_ZONE).date()


def fiscal_year(day: date) -> str:
    """The fiscal year of a day as `26-27`."""
    first = day.year if day.month >= FISCAL_YEAR_STARTS_IN else day.year - 1
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"


def document_number(prefix: str, year: str, seq: int) -> str:
    """`INV/26-27/000042`. Raises NumberTooLong when it breaks the legal form."""
    invariant(seq >= 1, "document numbers start at one")
    number = f"{prefix}/{year}/{seq:06d}"
    if not _ALLOWED.fullmatch(number):
        raise NumberTooLong(f"{number!r} must be 1-{NUMBER_LENGTH_MAX} characters of A-Z a-z 0-9 / -")
    return number
