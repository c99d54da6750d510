"""Credit notes: which parts of what was taken back of a line stand on which note."""

from enum import StrEnum
from typing import NamedTuple

from bursar.rules.books import Line
from bursar.rules.posting import taken_back


class CreditCause(StrEnum):
    """Why a credit note is issued."""

    CREDIT = "credit"
    """Somebody took back a charge."""
    REFUND = "refund"
    """Money was given back, and the charge with it."""


class NotedLine(NamedTuple):
    """One line of a credit note, in minor units."""

    net_minor: int
    tax_minor: int
    rounding_minor: int
    gross_minor: int


def noted_line(line: Line, noted_minor: int, minor: int) -> NotedLine:
    """The parts of the next so many minor units of a line, after those that stand on earlier notes.

    Cumulative: the notes of a line that was taken back whole sum to its net, tax and round-off.
    """
    before, after = taken_back(line, noted_minor), taken_back(line, noted_minor + minor)
    return NotedLine(
        after.net_minor - before.net_minor,
        after.tax_minor - before.tax_minor,
        after.rounding_minor - before.rounding_minor,
        minor,
    )
