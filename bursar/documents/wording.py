"""The few words that papers themselves speak: dates, titles, what gateways and methods call themselves.

English throughout, whatever the locale: only amounts follow it.
"""

from datetime import date, datetime

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# What gateways and methods call themselves; any other word gets a capital.
_SPELLINGS = {"upi": "UPI", "emi": "EMI", "paypal": "PayPal", "ach": "ACH", "sepa_debit": "SEPA debit"}


def day_text(day: date) -> str:
    """Write a date that no reader can take for another: 3 August 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day_text(day: date) -> str:
    """Write a date for a narrow column: 3 Aug 2026."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def time_text(moment: datetime) -> str:
    """Write a moment in UTC to the minute."""
    return f"{day_text(moment)}, {moment:%H:%M} UTC"


def spelled(word: str) -> str:
    """Write the name of a gateway or method as its owners do."""
    return _SPELLINGS.get(word, word[:1].upper() + word[1:])


def fingerprint_text(sha256: str) -> str:
    """The first 64 bits of a hash in groups that can be read out: 3f2a 91bc 07d4 e5aa."""
    return " ".join(sha256[i : i + 4] for i in range(0, 16, 4))
