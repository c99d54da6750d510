from dataclasses import replace

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    Proration,
    ResumeSubscription,
)
from bursar.rules.calling import Operation
from bursar.rules.facts import PaymentFact, SubscriptionFact
from bursar.rules.states import SubscriptionStatus
from tests.gateways.contract import CUSTOMER, KEY, LONG_AGO, OTHER_KEY, PURPOSE, of
from tests.gateways.razorpay.calls.played import RazorpayHand

MONTH_S = 30 * 86_400
PRICE = {
    "period": "monthly",
    "interval": 1,
    "item": {"name": "Web track", "amount": 50_000, "currency": "INR"},
}


@pytest.fixture
def plans(hand: RazorpayHand) -> tuple[str, str]:
    """A plan and a dearer one, made by the SDK as a school would."""
    sdk = hand.api._client.sdk
    dearer = PRICE | {"item": {**PRICE["item"], "amount": 90_000}}
    return sdk.plan.create(dict(PRICE))["id"], sdk.plan.create(dearer)["id"]


def subscription(plan: str, **changes) -> CreateSubscription:
    made = CreateSubscription(
        subscription="0197f0c0-sub", purpose=PURPOSE, customer=None, price=plan, cycles=12
    )
    return replace(made, **changes)


def running(hand: RazorpayHand, plan: str) -> str:
    made = hand.api.perform(subscription(plan), KEY).subscription
    hand.control("approve", subscription=made)
    return made


def test_a_subscription_waits_for_its_payer(hand, plans):
    made = hand.api.perform(subscription(plans[0]), KEY)

    assert made.status is SubscriptionStatus.INCOMPLETE
    assert made.approval_url == f"{hand.gateways.url}/pay/{made.subscription}"
    (shown,) = hand.all("subscription")
    assert (shown["total_count"], shown["customer_notify"]) == (12, False)


def test_a_subscription_that_was_approved_runs_and_says_whose_it_is(hand, plans):
    made = running(hand, plans[0])

    (fact,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))

    assert (fact.status, fact.customer, fact.plans) == (SubscriptionStatus.ACTIVE, CUSTOMER, (plans[0],))


def test_a_subscription_with_a_trial_is_charged_when_it_ends(hand, plans):
    made = hand.api.perform(subscription(plans[0], trial_days=7), KEY).subscription
    hand.control("approve", subscription=made)
    (trial,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    assert trial.status is SubscriptionStatus.TRIALING

    hand.advance(8 * 86_400)

    assert hand.gateways.book.captured() == {each["id"]: 50_000 for each in hand.all("payment")}
    assert len(hand.all("payment")) == 1


def test_how_often_it_renews_must_be_said(hand, plans):
    with pytest.raises(GatewayRefused, match="cycles: Razorpay demands"):
        hand.api.perform(subscription(plans[0], cycles=None), KEY)


def test_a_subscription_whose_answer_was_lost_is_found_by_our_key(hand, plans):
    request, sent_at = subscription(plans[0]), utc_now()
    hand.lose_answer(Operation.CREATE_SUBSCRIPTION)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    assert hand.api.ask(request, KEY, sent_at).status is SubscriptionStatus.INCOMPLETE
    with pytest.raises(GatewayAway):
        hand.api.ask(request, OTHER_KEY, sent_at)
    assert hand.api.ask(request, OTHER_KEY, sent_at - LONG_AGO) is None


@pytest.mark.parametrize("at", list(ChangeAt))
def test_a_change_is_seen_at_once_or_at_the_end_of_the_period(hand, plans, at):
    made = running(hand, plans[0])
    request = ChangeSubscription(subscription=made, price=plans[1], quantity=2, at=at)
    assert hand.api.ask(request, OTHER_KEY, utc_now() - LONG_AGO) is None

    hand.api.perform(request, OTHER_KEY)

    assert hand.api.ask(request, OTHER_KEY, utc_now()) is not None
    (now,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    assert now.plans == ((plans[1],) if at is ChangeAt.NOW else (plans[0],))
    hand.advance(MONTH_S)
    (later,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    assert later.plans == (plans[1],)
    assert sorted(hand.gateways.book.captured().values()) == [50_000, 180_000]


@pytest.mark.parametrize("proration", [Proration.NEXT_INVOICE, Proration.NONE])
def test_another_proration_than_razorpays_own_is_refused(hand, plans, proration):
    request = ChangeSubscription(subscription="sub_1", price=plans[1], proration=proration)

    with pytest.raises(GatewayRefused, match="invoice_now, or a change at period_end") as refused:
        hand.api.perform(request, KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED


def test_only_a_change_at_the_end_of_the_period_can_be_previewed(hand, plans):
    change = ChangeSubscription(subscription="sub_1", price=plans[1], quantity=3, at=ChangeAt.PERIOD_END)

    preview = hand.api.preview_change(change)

    assert (preview.due_now_minor, preview.next_amount_minor, preview.currency) == (0, 270_000, "INR")
    with pytest.raises(GatewayRefused, match="preview of a change now"):
        hand.api.preview_change(replace(change, at=ChangeAt.NOW))


def test_pausing_and_resuming_are_answered_by_the_subscription(hand, plans):
    made = running(hand, plans[0])
    pause, resume = PauseSubscription(subscription=made), ResumeSubscription(subscription=made)
    assert hand.api.ask(pause, KEY, utc_now() - LONG_AGO) is None

    paused = hand.api.perform(pause, KEY)
    assert hand.api.ask(resume, OTHER_KEY, utc_now() - LONG_AGO) is None
    asked = hand.api.ask(pause, KEY, utc_now())
    resumed = hand.api.perform(resume, OTHER_KEY)

    assert paused.status is asked.status is SubscriptionStatus.PAUSED
    assert resumed.status is SubscriptionStatus.ACTIVE
    assert hand.api.ask(resume, OTHER_KEY, utc_now()).status is SubscriptionStatus.ACTIVE


def test_a_cancelled_subscription_ends_now_or_with_what_is_paid_for(hand, plans):
    now, later = running(hand, plans[0]), running(hand, plans[1])
    at_once = CancelSubscription(subscription=now, at=ChangeAt.NOW)
    at_end = CancelSubscription(subscription=later)

    assert hand.api.perform(at_once, KEY).status is SubscriptionStatus.CANCELED
    assert hand.api.perform(at_end, OTHER_KEY).status is SubscriptionStatus.ACTIVE
    assert hand.api.ask(at_end, OTHER_KEY, utc_now() - LONG_AGO) is None
    hand.advance(MONTH_S)

    assert hand.api.ask(at_end, OTHER_KEY, utc_now()).status is SubscriptionStatus.CANCELED
    with pytest.raises(GatewayRefused) as again:
        hand.api.perform(at_once, "cancel-again-0001")
    assert again.value.failure.code is FailureCode.ALREADY_DONE


def test_refused_renewals_halt_it_after_three_more_tries(hand, plans):
    made = running(hand, plans[0])
    hand.control("refuse_renewals", subscription=made)
    hand.advance(MONTH_S)
    (pending,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    for _ in range(3):
        hand.advance(86_400)
    (halted,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))

    assert (pending.status, halted.status) == (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)
    assert sum(each["status"] == "failed" for each in hand.all("payment")) == 4


def test_renewals_go_on_until_all_are_paid(hand, plans):
    made = hand.api.perform(subscription(plans[0], cycles=3), KEY).subscription
    hand.control("approve", subscription=made)
    for _ in range(4):
        hand.advance(MONTH_S)

    (fact,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    assert fact.status is SubscriptionStatus.COMPLETED
    assert sum(hand.gateways.book.captured().values()) == 150_000
    payments = [hand.api.fetch("payment", each["id"]) for each in hand.all("payment")]
    assert len(of(PaymentFact, hand.api, *payments)) == 3
