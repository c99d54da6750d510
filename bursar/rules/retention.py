"""How long what is kept, and why. Pure: a day in, a day out.

Payments, ledger and facts are never deleted: they hold numbers and the gateways' ids, no names. What ends is
what names a person: signed bodies, parameters of calls, mails, and the papers that tax law wants kept.
"""

from datetime import date
from enum import StrEnum

YEARS_MIN = 7
"""Years that every paper is kept, whatever a country's law says less."""
_YEARS = {
    "IN": 8,  # CGST Act s. 36: 72 months from the annual return, itself due nine months after the fiscal year
    "DE": 10,  # Abgabenordnung s. 147(3): ten for books, eight for vouchers; a paper may be both
    "FR": 10,  # Code de commerce L123-22
    "IT": 10,  # Codice civile art. 2220
    "BE": 10,  # Code de la TVA art. 60, since 2023
    "CH": 10,  # Obligationenrecht art. 958f
    "LU": 10,  # Code de commerce art. 16
}


class Kept(StrEnum):
    """What is forgotten once its time is over."""

    BODIES = "bodies"
    """What gateways signed and sent; the facts read from it stay."""
    CALLS = "calls"
    """What gateways were asked with, and what they answered; the outcome stays."""
    MAILS = "mails"
    """What mails said, and their files in the outbox; that they went out stays."""
    TICKS = "ticks"
    """Which windows of periodic jobs were used; the newest of each job stays."""
    ERASED = "erased"
    """Bodies about persons who were erased, which gateways sent afterwards."""


DAYS = {Kept.BODIES: 90, Kept.CALLS: 90, Kept.MAILS: 30, Kept.TICKS: 30, Kept.ERASED: 0}
"""Days after the end of the work on it: disputes open within 120 days, but facts tell all of them."""


def years_of(country: str | None) -> int:
    """Years that papers for a customer of this country (ISO 3166-1 alpha-2) are kept."""
    return max(YEARS_MIN, _YEARS.get(country or "", YEARS_MIN))


def papers_until(issued: date, country: str | None) -> date:
    """The last day on which a paper must be kept: years count from the end of the year of its issue."""
    return date(issued.year + years_of(country), 12, 31)
