"""What a subscription says. A register: the latest snapshot counts, whatever event brought it."""

from datetime import datetime
from typing import Any

from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_customer, find_object, find_reference, find_time, get_identifier
from bursar.gateways.stripe.news import AT, News, entries, state_of
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

_STATES = {
    "incomplete": SubscriptionStatus.INCOMPLETE,
    "incomplete_expired": SubscriptionStatus.INCOMPLETE_EXPIRED,
    "trialing": SubscriptionStatus.TRIALING,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.UNPAID,
    "paused": SubscriptionStatus.PAUSED,
    "canceled": SubscriptionStatus.CANCELED,
}
_SAID_BY_THE_TYPE = {
    "customer.subscription.deleted": SubscriptionStatus.CANCELED,
    "customer.subscription.paused": SubscriptionStatus.PAUSED,
}
_ENDED = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})


def read_subscription(news: News) -> Reading:
    """The subscription as the event shows it."""
    return (subscription_fact(news.thing, news.occurred_at, AT, _SAID_BY_THE_TYPE.get(news.type)),)


def subscription_fact(
    subscription: dict[str, Any],
    occurred_at: datetime | None,
    path: str,
    said: SubscriptionStatus | None = None,
) -> SubscriptionFact:
    """A subscription object as a fact; `said` is what the event's type says of it."""
    status = said or state_of(subscription, _STATES, "a subscription", path)
    if find_object(subscription.get("pause_collection")) and status not in _ENDED:
        status = SubscriptionStatus.PAUSED  # Stripe goes on calling it active while it collects nothing
    items = [find_object(item) for item in entries(subscription.get("items"))]
    start, end = _period(subscription, items)
    return SubscriptionFact(
        subscription=get_identifier(subscription.get("id"), f"{path}.id"),
        status=status,
        occurred_at=occurred_at,
        gateway_customer=find_reference(subscription.get("customer")),
        customer=find_customer(find_object(subscription.get("metadata"))),
        plans=_plans(subscription, items),
        period_start=start,
        period_end=end,
        cancel_at_period_end=_ends_with_its_period(subscription, end),
        trial_end=find_time(subscription.get("trial_end")),
    )


def _plans(subscription: dict[str, Any], items: list[dict[str, Any]]) -> tuple[str, ...]:
    """`price` since 2020, `plan` before; the oldest subscriptions have one plan and no items."""
    named = [find_reference(item.get("price")) or find_reference(item.get("plan")) for item in items]
    found = dict.fromkeys(plan for plan in named if plan)
    only = find_reference(subscription.get("plan"))
    return tuple(found) or ((only,) if only else ())


def _period(
    subscription: dict[str, Any], items: list[dict[str, Any]]
) -> tuple[datetime | None, datetime | None]:
    """Since 2025-03-31 each item has a period of its own: what any of them has paid for counts."""
    holders = [subscription, *items]
    starts = [at for one in holders if (at := find_time(one.get("current_period_start")))]
    ends = [at for one in holders if (at := find_time(one.get("current_period_end")))]
    return min(starts, default=None), max(ends, default=None)


def _ends_with_its_period(subscription: dict[str, Any], period_end: datetime | None) -> bool:
    """Newer subscriptions name the moment, `cancel_at`, where older ones set the flag."""
    if subscription.get("cancel_at_period_end") is True:
        return True
    at = find_time(subscription.get("cancel_at"))
    return at is not None and period_end is not None and at <= period_end
