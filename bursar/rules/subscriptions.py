"""What can be asked of a subscription, by where it stands at its gateway. No I/O, no clock, no vendor."""

from enum import StrEnum

from bursar.errors import Refused
from bursar.rules.calling import Operation
from bursar.rules.states import SubscriptionStatus


class PlanInterval(StrEnum):
    """How often a plan is billed."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class NotNow(Refused):
    """Where the subscription stands, this cannot be asked."""


ENDED = frozenset(
    {SubscriptionStatus.COMPLETED, SubscriptionStatus.INCOMPLETE_EXPIRED, SubscriptionStatus.CANCELED}
)
"""Nothing is billed any more, and nothing begins it again."""
BEGUN = frozenset({SubscriptionStatus.INCOMPLETE})
"""Made at the gateway; its payer has not approved it or paid yet."""
_RUNNING = frozenset({SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
_STANDING = frozenset(SubscriptionStatus) - ENDED
ALLOWED: dict[Operation, frozenset[SubscriptionStatus]] = {
    Operation.CHANGE_SUBSCRIPTION: _RUNNING | {SubscriptionStatus.PAUSED, SubscriptionStatus.UNPAID},
    Operation.PAUSE_SUBSCRIPTION: _RUNNING,
    Operation.RESUME_SUBSCRIPTION: frozenset({SubscriptionStatus.PAUSED}),
    Operation.CANCEL_SUBSCRIPTION: _STANDING,
}
"""Wide on purpose: what one gateway refuses another takes, and each says so itself."""
_VERBS = {
    Operation.CHANGE_SUBSCRIPTION: "changed",
    Operation.PAUSE_SUBSCRIPTION: "paused",
    Operation.RESUME_SUBSCRIPTION: "resumed",
    Operation.CANCEL_SUBSCRIPTION: "canceled",
}


def check_action(operation: Operation, status: SubscriptionStatus | None) -> None:
    """Refuse what cannot be asked now. `status`: the gateway's last word, None while it has said nothing.

    Raises NotNow saying from where it could be.
    """
    verb = _VERBS[operation]
    if status is None:
        raise NotNow(f"the gateway has not told of this subscription yet; it can be {verb} once it has")
    if status not in ALLOWED[operation]:
        could = ", ".join(each for each in SubscriptionStatus if each in ALLOWED[operation])
        raise NotNow(f"the subscription is {status}: only one that is {could} can be {verb}")
