import pytest

from bursar.rules.enrollment import TrackPolicy, UnlockRule, desired_state, grant_state
from bursar.rules.states import EnrollmentState

PENDING, ACTIVE, WITHDRAWN = EnrollmentState.PENDING, EnrollmentState.ACTIVE, EnrollmentState.WITHDRAWN
IN_FULL = TrackPolicy()
FIRST = TrackPolicy(unlock_rule=UnlockRule.FIRST_PAYMENT)
HALF = TrackPolicy(unlock_rule=UnlockRule.SHARE, unlock_share_bp=5_000)
STRICT = TrackPolicy(withdraw_share_bp=2_500)
STRICT_FIRST = TrackPolicy(unlock_rule=UnlockRule.FIRST_PAYMENT, withdraw_share_bp=5_000)


@pytest.mark.parametrize(
    ("policy", "paid_minor", "refunded_minor", "state"),
    [
        (IN_FULL, 0, 0, PENDING),
        (IN_FULL, 99, 0, PENDING),
        (IN_FULL, 100, 0, ACTIVE),
        (IN_FULL, 50, 50, ACTIVE),
        (IN_FULL, 1, 99, ACTIVE),
        (IN_FULL, 0, 100, WITHDRAWN),
        (IN_FULL, 0, 99, PENDING),
        (FIRST, 0, 0, PENDING),
        (FIRST, 1, 0, ACTIVE),
        (FIRST, 0, 1, WITHDRAWN),
        (HALF, 49, 0, PENDING),
        (HALF, 50, 0, ACTIVE),
        (HALF, 30, 20, ACTIVE),
        (HALF, 0, 50, WITHDRAWN),
        (STRICT, 76, 24, ACTIVE),
        (STRICT, 75, 25, WITHDRAWN),
        (STRICT_FIRST, 11, 10, ACTIVE),
        (STRICT_FIRST, 10, 10, WITHDRAWN),
    ],
)
def test_unlocking_looks_at_what_was_ever_paid_and_withdrawing_at_the_share_refunded(
    policy, paid_minor, refunded_minor, state
):
    got = grant_state(policy, total_minor=100, paid_minor=paid_minor, refunded_minor=refunded_minor)

    assert got is state


@pytest.mark.parametrize("rule", UnlockRule)
def test_every_rule_opens_when_all_is_paid_and_for_nothing_stays_shut(rule):
    policy = TrackPolicy(unlock_rule=rule)

    assert grant_state(policy, total_minor=7, paid_minor=7, refunded_minor=0) is ACTIVE
    assert grant_state(policy, total_minor=7, paid_minor=0, refunded_minor=0) is PENDING


@pytest.mark.parametrize(
    ("grants", "state"),
    [
        ([], PENDING),
        ([PENDING], PENDING),
        ([PENDING, WITHDRAWN], WITHDRAWN),
        ([WITHDRAWN, ACTIVE, PENDING], ACTIVE),
    ],
)
def test_any_active_grant_keeps_an_enrollment_open(grants, state):
    assert desired_state(grants) is state
