"""What a statement of account says, frozen: all charges and payments of a period, in one currency.

It computes no money: it only refuses balances that do not follow from each other.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bursar.documents.billing import WaysToPay
from bursar.documents.paper import LINES_MAX, Paper, check_length
from bursar.errors import invariant


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement. Charged is what the customer then owed more, credited what he owed less."""

    on: date
    document: str
    description: str
    charged_minor: int = 0
    credited_minor: int = 0
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBand:
    """How much of the closing balance is how old: ('1–30 days overdue', 1200000)."""

    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSnapshot(Paper):
    """A statement of account. Amounts in minor units; a balance above zero is owed by the customer.

    `number` names the statement for whoever files it; it comes from no series. `ages` splits what is open by
    the days since it was due.
    """

    SCHEMA: ClassVar[str] = "statement/1"

    first_day: date
    last_day: date
    opening_minor: int
    lines: tuple[StatementLine, ...]
    charged_minor: int
    credited_minor: int
    closing_minor: int
    ages: tuple[AgeBand, ...] = ()
    pay: WaysToPay | None = None
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        balance_minor = self.opening_minor
        for line in self.lines:
            balance_minor += line.charged_minor - line.credited_minor
            invariant(balance_minor == line.balance_minor, "a line's balance follows from the one before")
        invariant(balance_minor == self.closing_minor, "the closing balance is that of the last line")
        charged_minor = sum(line.charged_minor for line in self.lines)
        invariant(charged_minor == self.charged_minor, "the charges come to the stated sum")
        net_minor = self.charged_minor - self.credited_minor
        invariant(self.opening_minor + net_minor == self.closing_minor, "opening and movements make closing")
        check_length("lines", self.lines, LINES_MAX)
        for name in ("ages", "terms"):
            check_length(name, getattr(self, name))
