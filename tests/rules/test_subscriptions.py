"""What can be asked of a subscription, by where it stands."""

import pytest

from bursar.rules.calling import Operation
from bursar.rules.states import SubscriptionStatus
from bursar.rules.subscriptions import ALLOWED, BEGUN, ENDED, NotNow, check_action

CHANGE, PAUSE, RESUME, CANCEL = (
    Operation.CHANGE_SUBSCRIPTION,
    Operation.PAUSE_SUBSCRIPTION,
    Operation.RESUME_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
)
STANDING = {
    SubscriptionStatus.INCOMPLETE: [CANCEL],
    SubscriptionStatus.TRIALING: [CHANGE, PAUSE, CANCEL],
    SubscriptionStatus.ACTIVE: [CHANGE, PAUSE, CANCEL],
    SubscriptionStatus.PAST_DUE: [CHANGE, PAUSE, CANCEL],
    SubscriptionStatus.PAUSED: [CHANGE, RESUME, CANCEL],
    SubscriptionStatus.UNPAID: [CHANGE, CANCEL],
    SubscriptionStatus.COMPLETED: [],
    SubscriptionStatus.INCOMPLETE_EXPIRED: [],
    SubscriptionStatus.CANCELED: [],
}


@pytest.mark.parametrize("status", list(SubscriptionStatus))
@pytest.mark.parametrize("operation", list(ALLOWED))
def test_what_can_be_asked_follows_from_where_it_stands(status, operation):
    if operation in STANDING[status]:
        check_action(operation, status)
        return
    with pytest.raises(NotNow, match=f"the subscription is {status}"):
        check_action(operation, status)


@pytest.mark.parametrize("operation", list(ALLOWED))
def test_nothing_is_asked_before_the_gateway_has_told_of_it(operation):
    with pytest.raises(NotNow, match="has not told"):
        check_action(operation, None)


def test_what_has_ended_has_not_just_begun():
    assert not ENDED & BEGUN
