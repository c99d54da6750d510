"""Numbers that people file: gapless per series and fiscal year, at most sixteen characters."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bursar.errors import Refused, invariant

NUMBER_LENGTH_MAX = 16
"""Characters of a document number (India, CGST Rules 2017, Rule 46(b))."""
_ALLOWED = re.compile(r"[A-Za-z0-9/-]{1,16}")


class NumberTooLong(Refused):
    """A document number would not fit sixteen characters: shorten the prefix or start a new series."""


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """Where and when a seller's year turns; its calendar day stands on a paper."""

    zone: ZoneInfo
    starts_in: int
    """Month: 4 is April."""

    def day(self, moment: datetime) -> date:
        """The calendar day of an aware moment, where the fiscal year turns."""
        return moment.astimezone(self.zone).date()

    def label(self, day: date) -> str:
        """The fiscal year of a day: `26-27`, or `2026` where it is the calendar year."""
        if self.starts_in == 1:
            return f"{day.year:04d}"
        first = day.year if day.month >= self.starts_in else day.year - 1
        return f"{first % 100:02d}-{(first + 1) % 100:02d}"

    def label_at(self, moment: datetime) -> str:
        """The fiscal year in which an aware moment lies."""
        return self.label(self.day(moment))


INDIAN_YEAR = FiscalYear(ZoneInfo("Asia/Kolkata"), 4)
"""From 1 April to 31 March."""


def document_number(prefix: str, year: str, seq: int) -> str:
    """`INV/26-27/000042`. Raises NumberTooLong when it breaks the legal form."""
    invariant(seq >= 1, "document numbers start at one")
    number = f"{prefix}/{year}/{seq:06d}"
    if not _ALLOWED.fullmatch(number):
        raise NumberTooLong(f"{number!r} must be 1-{NUMBER_LENGTH_MAX} characters of A-Z a-z 0-9 / -")
    return number
