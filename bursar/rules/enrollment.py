"""What an enrollment should be, as a function of money and nothing else: never of the path taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bursar.rules.states import EnrollmentState

WHOLE_BP = 10_000
"""Basis points in one whole."""


class UnlockRule(StrEnum):
    """When a track opens."""

    PAID_IN_FULL = "paid_in_full"
    FIRST_PAYMENT = "first_payment"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPolicy:
    """How a track turns money into access."""

    unlock_rule: UnlockRule = UnlockRule.PAID_IN_FULL
    unlock_share_bp: int = WHOLE_BP
    withdraw_share_bp: int = WHOLE_BP


def grant_state(
    policy: TrackPolicy, *, total_minor: int, paid_minor: int, refunded_minor: int, suspended: bool = False
) -> EnrollmentState:
    """What one invoice grants.

    Unlocking looks at the gross ever allocated (paid now plus refunded since), withdrawing at the
    refunded share of it; while a bank contests some of the money, or dunning has stopped waiting for the
    rest, the right is suspended. `total_minor` is what credit notes and a rest that policy gave up left of
    the charge; where they left nothing, nothing is granted any more.
    """
    if total_minor == 0:
        return EnrollmentState.WITHDRAWN
    gross_minor = paid_minor + refunded_minor
    if gross_minor == 0 or gross_minor * WHOLE_BP < _needed_bp_minor(policy, total_minor):
        return EnrollmentState.PENDING
    if refunded_minor * WHOLE_BP >= policy.withdraw_share_bp * gross_minor:
        return EnrollmentState.WITHDRAWN
    return EnrollmentState.SUSPENDED if suspended else EnrollmentState.ACTIVE


def desired_state(grants: Iterable[EnrollmentState]) -> EnrollmentState:
    """What all grants of an enrollment make of it: any active one keeps it open."""
    states = set(grants)
    for state in (EnrollmentState.ACTIVE, EnrollmentState.SUSPENDED, EnrollmentState.WITHDRAWN):
        if state in states:
            return state
    return EnrollmentState.PENDING


def _needed_bp_minor(policy: TrackPolicy, total_minor: int) -> int:
    """Gross needed to unlock, times 10 000 so that shares stay integers."""
    needed = {
        UnlockRule.PAID_IN_FULL: total_minor * WHOLE_BP,
        UnlockRule.FIRST_PAYMENT: 1,
        UnlockRule.SHARE: total_minor * policy.unlock_share_bp,
    }
    return needed[policy.unlock_rule]
