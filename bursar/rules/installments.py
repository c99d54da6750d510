"""An invoice paid in parts: what is due when, and which parts are paid. No I/O, no clock.

A part has no money of its own: payments pay the lines of the invoice, and the first k parts are paid once as
much is settled as they come to.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bursar.errors import Refused
from bursar.rules.money import split

PARTS_MIN, PARTS_MAX = 2, 60
"""One part is the invoice itself; more than five years of months is no installment plan."""


class Every(StrEnum):
    """How long from one part to the next."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"


class PlanRefused(Refused):
    """These parts are no plan for this invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installment:
    """One part, in minor units of the invoice's currency."""

    seq: int
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much of one part is paid."""

    installment: Installment
    open_minor: int

    @property
    def is_paid(self) -> bool:
        """Whether nothing of it is open."""
        return self.open_minor == 0

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been paid before today."""
        return self.open_minor > 0 and self.installment.due_on < today


_DAYS = {Every.WEEK: 7, Every.FORTNIGHT: 14}
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3}


def due_dates(first: date, every: Every, count: int) -> list[date]:
    """The days of a plan. In months each keeps the first one's day where the month has it: 31, 28, 31, 30."""
    if every in _DAYS:
        return [first + timedelta(days=_DAYS[every] * n) for n in range(count)]
    return [_in_months(first, _MONTHS[every] * n) for n in range(count)]


def _in_months(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last))


def equal_parts(total_minor: int, days: Sequence[date]) -> list[Installment]:
    """As equal as minor units allow, the larger ones first. Raises PlanRefused."""
    amounts = split(total_minor, [1] * len(days)) if days else []
    return checked(list(zip(days, amounts, strict=True)), total_minor)


def checked(parts: Sequence[tuple[date, int]], total_minor: int) -> list[Installment]:
    """Parts that come to the whole, in the order of their days. Raises PlanRefused saying what is wrong."""
    if not PARTS_MIN <= len(parts) <= PARTS_MAX:
        raise PlanRefused(f"a plan has {PARTS_MIN} to {PARTS_MAX} parts, not {len(parts)}")
    days = [day for day, _ in parts]
    if sorted(set(days)) != days:
        raise PlanRefused("each part is due later than the one before it")
    if any(amount <= 0 for _, amount in parts):
        raise PlanRefused("each part is more than nothing")
    if (told := sum(amount for _, amount in parts)) != total_minor:
        raise PlanRefused(f"the parts come to {told} minor units and the invoice to {total_minor}")
    return [Installment(seq=n, due_on=day, amount_minor=amount) for n, (day, amount) in enumerate(parts, 1)]


def standings(plan: Sequence[Installment], settled_minor: int) -> list[Standing]:
    """What is open of each part when so much of the invoice is settled: paid, credited or written off."""
    left, found = settled_minor, []
    for each in plan:
        paid = min(left, each.amount_minor)
        left -= paid
        found.append(Standing(installment=each, open_minor=each.amount_minor - paid))
    return found


def due_now(found: Sequence[Standing], today: date) -> int:
    """What must be paid by the end of today, in minor units; the next part when nothing is due yet."""
    due = sum(each.open_minor for each in found if each.installment.due_on <= today)
    return due or next((each.open_minor for each in found if not each.is_paid), 0)
