"""What a plan allows, and whether more is within it. No I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bursar.errors import Refused
from bursar.rules.states import SubscriptionStatus

AMOUNT_MAX = 1_000_000_000
"""Of anything at once; more is a typing mistake."""
GRANTING = frozenset({SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
"""While a renewal is dunned (past due) its customer works on: suspending is dunning's decision."""
EVER = "ever"
"""The window of what is never counted anew."""


class LimitPer(StrEnum):
    """When counting begins anew."""

    PERIOD = "period"
    """With each billing period: messages, downloads."""
    EVER = "ever"
    """Never: seats, projects. What is given back is free again."""


class LimitReached(Refused):
    """More than the plan allows."""


class LimitUnknown(Refused):
    """No running subscription of the customer has a limit of this name."""


class AmountRefused(Refused):
    """An amount is too small or too large, or more is given back than was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One number of one plan."""

    plan: str
    name: str
    maximum: int | None
    """None: as many as they like; they are counted all the same."""
    per: LimitPer
    period_start: datetime | None = None
    """Of the subscription, as the gateway told it."""
    period_end: datetime | None = None

    @property
    def window(self) -> str:
        """Under which uses are counted together."""
        if self.per is LimitPer.EVER:
            return EVER
        return "begun" if self.period_start is None else self.period_start.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much of a limit is used."""

    limit: Limit
    used: int

    @property
    def left(self) -> int | None:
        """Never negative: who moved to a smaller plan keeps what there is, and gets no more."""
        return None if self.limit.maximum is None else max(0, self.limit.maximum - self.used)

    def check(self, amount: int) -> None:
        """Raise LimitReached when so much more is not within it."""
        if self.left is not None and amount > self.left:
            raise LimitReached(
                f"the plan {self.limit.plan} allows {self.limit.maximum} {self.limit.name} "
                f"{'per billing period' if self.limit.per is LimitPer.PERIOD else 'at once'}; "
                f"{self.used} are used, {amount} more are too many"
            )


def widest(limits: list[Limit]) -> Limit | None:
    """Of several plans that allow the same, the one that allows most."""
    by_width = sorted(limits, key=lambda each: (each.maximum is not None, -(each.maximum or 0), each.plan))
    return by_width[0] if by_width else None


def check_amount(amount: int) -> int:
    """Raise AmountRefused unless it is a number of things."""
    if not 1 <= amount <= AMOUNT_MAX:
        raise AmountRefused(f"an amount is 1 to {AMOUNT_MAX}, not {amount}")
    return amount
