from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import FeeFact, PaymentFact, SubscriptionFact
from bursar.rules.states import PaymentStatus, SubscriptionStatus
from tests.gateways.razorpay.reading import CLAIMED, document_of, read_event, the

AT_S = 1_795_000_000
AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


def _read(word, **fields):
    return read_event(f"subscription.{word}", {"subscription": fields})


def test_a_renewal_is_money_and_an_active_subscription():
    payment, fee, subscription = read_event("subscription.charged", metadata=CLAIMED)

    assert payment.status is PaymentStatus.SUCCEEDED
    assert isinstance(fee, FeeFact)
    assert subscription == SubscriptionFact(
        subscription="sub_demo0001",
        status=SubscriptionStatus.ACTIVE,
        occurred_at=AT,
        gateway_customer="cust_demo0001",
        customer="s-7",
        plans=("plan_demo0001",),
        period_start=datetime(2026, 11, 18, 10, 56, 40, tzinfo=UTC),
        period_end=datetime(2026, 12, 18, 10, 56, 40, tzinfo=UTC),
    )


def test_notes_of_a_subscription_name_the_subscriber_of_its_payments_and_no_invoice():
    changes = {"payment": {"notes": []}, "subscription": {"notes": CLAIMED}}
    claims = the(PaymentFact, read_event("subscription.charged", changes)).claims

    assert (claims.subscriber, claims.customer, claims.invoice) == ("s-7", None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", SubscriptionStatus.INCOMPLETE),
        ("active", SubscriptionStatus.ACTIVE),
        ("pending", SubscriptionStatus.PAST_DUE),
        ("halted", SubscriptionStatus.UNPAID),
        ("cancelled", SubscriptionStatus.CANCELED),
        ("completed", SubscriptionStatus.COMPLETED),
        ("expired", SubscriptionStatus.INCOMPLETE_EXPIRED),
        ("paused", SubscriptionStatus.PAUSED),
        ("resumed", SubscriptionStatus.ACTIVE),
    ],
)
def test_a_subscription_has_the_state_its_entity_says(word, status):
    assert the(SubscriptionFact, _read("updated", status=word)).status is status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("authenticated", SubscriptionStatus.INCOMPLETE),
        ("activated", SubscriptionStatus.ACTIVE),
        ("charged", SubscriptionStatus.ACTIVE),
        ("completed", SubscriptionStatus.COMPLETED),
        ("updated", SubscriptionStatus.ACTIVE),
        ("pending", SubscriptionStatus.PAST_DUE),
        ("halted", SubscriptionStatus.UNPAID),
        ("cancelled", SubscriptionStatus.CANCELED),
        ("paused", SubscriptionStatus.PAUSED),
        ("resumed", SubscriptionStatus.ACTIVE),
    ],
)
def test_where_the_entity_says_nothing_the_type_does(word, status):
    assert the(SubscriptionFact, _read(word, status=None)).status is status


@pytest.mark.parametrize(
    ("start_at", "status"),
    [
        (AT_S + 1, SubscriptionStatus.TRIALING),
        (AT_S, SubscriptionStatus.INCOMPLETE),
        (AT_S - 1, SubscriptionStatus.INCOMPLETE),
        (None, SubscriptionStatus.INCOMPLETE),
    ],
)
def test_a_mandate_that_is_charged_only_later_is_a_trial(start_at, status):
    fact = the(SubscriptionFact, _read("authenticated", start_at=start_at))

    assert fact.status is status
    assert (fact.trial_end is not None) == (status is SubscriptionStatus.TRIALING)


def test_without_a_time_of_news_no_start_is_in_the_future():
    document = document_of("subscription.authenticated") | {"created_at": None}

    assert the(SubscriptionFact, read("subscription.authenticated", document)) == SubscriptionFact(
        subscription="sub_demo0001",
        status=SubscriptionStatus.INCOMPLETE,
        occurred_at=None,
        gateway_customer="cust_demo0001",
        plans=("plan_demo0001",),
    )


def test_booleans_written_as_strings_do_not_hide_the_money():
    changes = {"payment": {"captured": "1", "status": "refunded"}}

    assert the(PaymentFact, read_event("subscription.charged", changes)).status is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("word", ["activated", "completed"])
def test_other_news_of_a_subscription_may_bring_a_payment(word):
    assert the(PaymentFact, read_event(f"subscription.{word}")).payment == "pay_demo0001"


def test_other_news_of_a_subscription_needs_no_readable_payment():
    (fact,) = read_event("subscription.completed", {"payment": {"status": "created"}})

    assert isinstance(fact, SubscriptionFact)


@pytest.mark.parametrize(
    ("word", "kind", "fields", "reason"),
    [
        ("updated", "subscription", {"id": None}, r"subscription\.entity\.id must be"),
        ("updated", "subscription", {"status": "odd"}, r"subscription\.entity\.status is not"),
        ("charged", "payment", {"status": "failed"}, r"payment\.entity\.status is not"),
        ("charged", "payment", {"amount": 5.5}, r"payment\.entity\.amount must be"),
    ],
)
def test_what_makes_no_sense_is_unreadable_and_names_the_field(word, kind, fields, reason):
    with pytest.raises(Unreadable, match=reason):
        read_event(f"subscription.{word}", {kind: fields})
