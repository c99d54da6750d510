from datetime import UTC, datetime

import pytest

from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus
from tests.gateways.stripe.reading import AT, only, reading

TYPES = [
    "created",
    "updated",
    "deleted",
    "paused",
    "resumed",
    "trial_will_end",
    "pending_update_applied",
    "pending_update_expired",
]
MONTH_LATER = datetime(2026, 12, 18, 11, 6, 40, tzinfo=UTC)


def test_a_subscription_is_a_snapshot_with_its_plan_and_period():
    fact = only(reading("customer.subscription.updated", metadata={"student": "s-7"}))

    assert fact == SubscriptionFact(
        subscription="sub_demo_0001",
        status=SubscriptionStatus.ACTIVE,
        occurred_at=AT,
        gateway_customer="cus_demo_0001",
        customer="s-7",
        plans=("price_demo_monthly",),
        period_start=AT,
        period_end=MONTH_LATER,
    )


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_every_word_of_stripes_is_one_of_ours(status):
    if status is SubscriptionStatus.COMPLETED:
        return  # Razorpay's: a subscription of a fixed number of months

    assert only(reading("customer.subscription.updated", {"status": status.value})).status is status


@pytest.mark.parametrize("verb", TYPES)
def test_the_type_outranks_the_object_only_when_it_ends_or_pauses(verb):
    said = {"deleted": SubscriptionStatus.CANCELED, "paused": SubscriptionStatus.PAUSED}
    fact = only(reading(f"customer.subscription.{verb}", {"status": "past_due"}))

    assert fact.status is said.get(verb, SubscriptionStatus.PAST_DUE)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", SubscriptionStatus.PAUSED),
        ("past_due", SubscriptionStatus.PAUSED),
        ("canceled", SubscriptionStatus.CANCELED),
        ("incomplete_expired", SubscriptionStatus.INCOMPLETE_EXPIRED),
    ],
)
def test_a_subscription_that_collects_nothing_is_paused_unless_it_has_ended(word, status):
    changes = {"status": word, "pause_collection": {"behavior": "void", "resumes_at": None}}

    assert only(reading("customer.subscription.updated", changes)).status is status


def test_until_2025_the_subscription_itself_had_the_period():
    changes = {
        "items": {"data": [{"plan": {"id": "plan_old"}}]},
        "current_period_start": 1_795_000_000,
        "current_period_end": 1_795_000_000 + 2_592_000,
    }
    fact = only(reading("customer.subscription.updated", changes))

    assert (fact.period_start, fact.period_end) == (AT, MONTH_LATER)
    assert fact.plans == ("plan_old",)


def test_a_subscription_without_items_has_one_plan():
    changes = {"items": ..., "plan": {"id": "plan_oldest"}}

    assert only(reading("customer.subscription.created", changes)).plans == ("plan_oldest",)


def test_items_with_periods_of_their_own_are_paid_for_until_the_last_ends():
    items = [
        {"price": "price_1", "current_period_start": 1_795_000_000, "current_period_end": 1_795_000_100},
        {"price": "price_2", "current_period_start": 1_794_999_900, "current_period_end": 1_797_592_000},
    ]
    fact = only(reading("customer.subscription.updated", {"items": {"data": items}}))

    assert fact.plans == ("price_1", "price_2")
    assert (fact.period_start, fact.period_end) == (datetime(2026, 11, 18, 11, 5, tzinfo=UTC), MONTH_LATER)


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, False),
        ({"cancel_at_period_end": True}, True),
        ({"cancel_at": 1_795_000_000 + 2_592_000}, True),
        ({"cancel_at": 1_795_000_000 + 2_592_001}, False),
        ({"cancel_at": 1_795_000_000, "items": ...}, False),
    ],
)
def test_it_ends_with_its_period_by_flag_or_by_date(changes, ends):
    assert only(reading("customer.subscription.updated", changes)).cancel_at_period_end is ends


def test_a_trial_says_when_it_ends():
    fact = only(reading("customer.subscription.trial_will_end"))

    assert fact.status is SubscriptionStatus.TRIALING
    assert fact.trial_end == datetime(2026, 11, 21, 11, 6, 40, tzinfo=UTC)
