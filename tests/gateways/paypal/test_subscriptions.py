from datetime import UTC, datetime, timedelta

import pytest

from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Unreadable
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus
from tests.gateways.paypal.reading import read_found, the

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
TRIAL = {"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 0, "cycles_remaining": 1}
NEXT = "2026-12-18T10:00:00Z"


def _subscription(fields=None, **story):
    return the(SubscriptionFact, read_found(Kind.SUBSCRIPTION, fields, **story))


def test_a_subscription_says_where_it_stands_who_pays_and_what_is_paid_for():
    assert _subscription(metadata={"student": "s-7"}) == SubscriptionFact(
        subscription="I-5DEMO0001",
        status=SubscriptionStatus.ACTIVE,
        occurred_at=AT,
        gateway_customer="PAYERDEMO0001",
        customer="s-7",
        plans=("P-DEMO0001",),
        period_start=AT,
        period_end=AT + timedelta(days=30),
    )


@pytest.mark.parametrize(
    ("word", "failures", "status"),
    [
        ("APPROVAL_PENDING", 0, SubscriptionStatus.INCOMPLETE),
        ("APPROVED", 0, SubscriptionStatus.INCOMPLETE),
        ("ACTIVE", 0, SubscriptionStatus.ACTIVE),
        ("ACTIVE", 1, SubscriptionStatus.PAST_DUE),
        ("ACTIVE", "1", SubscriptionStatus.ACTIVE),
        ("SUSPENDED", 0, SubscriptionStatus.PAUSED),
        ("SUSPENDED", 3, SubscriptionStatus.UNPAID),
        ("CANCELLED", 3, SubscriptionStatus.CANCELED),
        ("EXPIRED", 0, SubscriptionStatus.COMPLETED),
    ],
)
def test_a_subscription_stands_where_its_status_and_its_failures_say(word, failures, status):
    fields = {"status": word, "billing_info": {"failed_payments_count": failures}}

    assert _subscription(fields).status is status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Pending", SubscriptionStatus.INCOMPLETE),
        ("Active", SubscriptionStatus.ACTIVE),
        ("Suspended", SubscriptionStatus.PAUSED),
        ("Canceled", SubscriptionStatus.CANCELED),
    ],
)
def test_an_agreement_of_v1_is_a_subscription(state, status):
    old = {"status": None, "state": state, "plan_id": None, "plan": {"id": "P-1"}, "subscriber": None}
    fact = _subscription(old | {"payer": {"payer_info": {"payer_id": "PAYER1"}}})

    assert (fact.status, fact.plans, fact.gateway_customer) == (status, ("P-1",), "PAYER1")


@pytest.mark.parametrize(
    ("cycles", "status", "trial_end"),
    [
        ([TRIAL], SubscriptionStatus.TRIALING, datetime(2026, 12, 18, 10, tzinfo=UTC)),
        ([TRIAL | {"cycles_remaining": 0}], SubscriptionStatus.ACTIVE, None),
        ([TRIAL | {"tenure_type": "REGULAR"}], SubscriptionStatus.ACTIVE, None),
        ([None, "TRIAL"], SubscriptionStatus.ACTIVE, None),
        ({}, SubscriptionStatus.ACTIVE, None),
    ],
)
def test_while_cycles_of_a_trial_are_left_it_is_a_trial(cycles, status, trial_end):
    fact = _subscription({"billing_info": {"cycle_executions": cycles, "next_billing_time": NEXT}})

    assert (fact.status, fact.trial_end) == (status, trial_end)


def test_the_later_of_its_two_times_is_the_time_of_its_news():
    assert _subscription({"status_update_time": NEXT}).occurred_at == datetime(2026, 12, 18, 10, tzinfo=UTC)
    assert _subscription({"status_update_time": None}).occurred_at == AT
    nothing = {"status_update_time": "yesterday", "update_time": None, "create_time": 7}
    assert _subscription(nothing).occurred_at is None


@pytest.mark.parametrize(
    ("fields", "reason"), [({"id": None}, "id must be"), ({"status": "UNHEARD_OF"}, "status is not")]
)
def test_a_subscription_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"^subscription\.{reason}"):
        _subscription(fields)
