"""What a fetched subscription says. v1 agreements have the same ids and write their states in mixed case."""

from datetime import datetime

from bursar.gateways.paypal.claims import subscriber_of
from bursar.gateways.paypal.things import Thing, changed_at, find_id, find_moment, get_id, get_state
from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_object
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

_STATES = {
    "APPROVAL_PENDING": SubscriptionStatus.INCOMPLETE,
    "APPROVED": SubscriptionStatus.INCOMPLETE,
    "PENDING": SubscriptionStatus.INCOMPLETE,
    "ACTIVE": SubscriptionStatus.ACTIVE,
    "SUSPENDED": SubscriptionStatus.PAUSED,
    "CANCELLED": SubscriptionStatus.CANCELED,
    "CANCELED": SubscriptionStatus.CANCELED,
    "EXPIRED": SubscriptionStatus.COMPLETED,
}
_UNPAID = {
    SubscriptionStatus.ACTIVE: SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.PAUSED: SubscriptionStatus.UNPAID,  # PayPal suspends after too many failures
}
CYCLES_MAX = 12
"""Cycle executions looked at; a plan has at most three."""


def read_subscription(subscription: Thing) -> Reading:
    """Where a subscription stands, and what it has paid for."""
    billing = find_object(subscription.get("billing_info"))
    status = get_state(subscription, _STATES, "subscription")
    failures = billing.get("failed_payments_count")
    if type(failures) is int and failures > 0:
        status = _UNPAID.get(status, status)
    period_end = find_moment(billing.get("next_billing_time"))
    trial_end = period_end if _in_trial(billing) else None
    if trial_end and status is SubscriptionStatus.ACTIVE:
        status = SubscriptionStatus.TRIALING
    plan = find_id(subscription.get("plan_id")) or find_id(find_object(subscription.get("plan")).get("id"))
    fact = SubscriptionFact(
        subscription=get_id(subscription, "id", "subscription"),
        status=status,
        occurred_at=_changed_at(subscription),
        gateway_customer=_payer(subscription),
        customer=subscriber_of(subscription),
        plans=(plan,) if plan else (),
        period_start=find_moment(find_object(billing.get("last_payment")).get("time")),
        period_end=period_end,
        trial_end=trial_end,
    )
    return (fact,)


def _changed_at(subscription: Thing) -> datetime | None:
    """The later of both: some changes of the status do not touch `update_time`."""
    times = [changed_at(subscription), find_moment(subscription.get("status_update_time"))]
    return max((time for time in times if time), default=None)


def _payer(subscription: Thing) -> str | None:
    payer = find_object(subscription.get("payer"))
    return find_id(find_object(subscription.get("subscriber")).get("payer_id")) or find_id(
        find_object(payer.get("payer_info")).get("payer_id")
    )


def _in_trial(billing: Thing) -> bool:
    """Whether cycles of a trial are still to come."""
    cycles = billing.get("cycle_executions")
    for cycle in map(find_object, cycles[:CYCLES_MAX] if isinstance(cycles, list) else ()):
        left = cycle.get("cycles_remaining")
        if cycle.get("tenure_type") == "TRIAL" and type(left) is int and left > 0:
            return True
    return False
