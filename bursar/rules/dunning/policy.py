"""A dunning policy as values: what is done how many days after the due day, at which hours, within which law.

`reading` makes one of a file; a case keeps the policy it was opened with, by the hash of its text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Action(StrEnum):
    """What a step does."""

    REMIND = "remind"
    RETRY_CHARGE = "retry_charge"
    FINAL_NOTICE = "final_notice"
    LATE_FEE = "late_fee"
    SUSPEND = "suspend"
    WRITE_OFF = "write_off"
    DEBIT_NOTICE = "debit_notice"
    """Tells the payer of a charge a day before; the law demands it, so no policy names it."""


IN_POLICIES = frozenset(Action) - {Action.DEBIT_NOTICE}
NOTICES = frozenset({Action.REMIND, Action.FINAL_NOTICE})
"""What tells somebody that he owes; nothing is taken away from him before."""
HARSH = frozenset({Action.LATE_FEE, Action.SUSPEND, Action.WRITE_OFF})


class Template(StrEnum):
    """Which mail a step sends."""

    REMINDER = "reminder"
    DUE = "due"
    OVERDUE = "overdue"
    FINAL_NOTICE = "final_notice"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a policy."""

    day: int
    """Days after the due day; below zero before it."""
    action: Action
    template: Template | None = None
    """The mail; of a retry the one that is sent instead where nothing may be charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a person may be troubled, by the clock on his wall."""

    opens: time = time(9)
    closes: time = time(19)
    weekdays: frozenset[int] = frozenset(range(6))
    """0 is Monday."""
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLaw:
    """What card networks and the Reserve Bank of India allow; a policy may be stricter, never laxer.

    Visa Core Rules, table of reattempts (15 in 30 days for a card and amount; later editions say 20);
    Mastercard Transaction Processing Rules, excessive attempts (10 in 24 hours, 35 in 30 days);
    RBI, e-mandates on cards (notice 24 hours before, above 15,000 rupees only with the payer's consent).
    """

    visa_30d_max: int = 15
    mastercard_24h_max: int = 10
    mastercard_30d_max: int = 35
    india_notice: timedelta = timedelta(hours=24)
    india_max_minor: int = 15_000_00


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is done about one overdue invoice, and when."""

    name: str
    sha256: str
    """Of the text it was read from."""
    steps: tuple[Step, ...]
    """By day, each on a day of its own."""
    zone: ZoneInfo
    """The customer's, where his country names none."""
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    """By country, ISO 3166 alpha-2."""
    hours: Hours = field(default_factory=Hours)
    law: RetryLaw = field(default_factory=RetryLaw)
    late_fees: Mapping[str, int] = field(default_factory=dict)
    """Currency -> minor units; no fee where a currency is not named."""
    retry_on_new_card: bool = True
    catch_up_days_max: int = 7
    """Days after which a case that opens late begins its days when it opens, not when the money was due."""

    def zone_of(self, country: str | None) -> ZoneInfo:
        """The clock on the wall of a customer there."""
        return self.zones.get(country or "", self.zone)

    def anchor(self, due_on: date, opened_on: date) -> date:
        """From which day the days of a case are counted."""
        first = due_on + timedelta(days=self.steps[0].day)
        late = opened_on - first
        return due_on if late.days <= self.catch_up_days_max else due_on + late
