"""Billing plans at PayPal: what is sent, what the payer approves, what each change becomes."""

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.rules.facts import PaymentFact, RefundFact, SubscriptionFact
from bursar.rules.states import SubscriptionStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import KEY, LONG_AGO, OTHER_KEY, of, refund
from tests.gateways.paypal.calls.making import subscribed, subscription
from tests.gateways.paypal.calls.played import PayPalHand

MONTH_S = 30 * 86_400


def test_a_subscription_waits_for_its_payer(hand: PayPalHand):
    plan = hand.control("make_plan")["id"]

    first, again = (hand.api.perform(subscription(plan, quantity=2), KEY) for _ in range(2))

    (fact,) = of(SubscriptionFact, hand.api, *first.found)
    (thing,) = hand.all("subscription")
    assert first.subscription == again.subscription == fact.subscription
    assert (first.status, fact.status) == (SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE)
    assert first.approval_url == hand.gateways.page_url(first.subscription)
    assert (thing["quantity"], thing["custom_id"]) == ("2", "customer=learner-7;track=photography")


def test_an_approved_one_bills_and_its_sales_name_the_payer_but_no_bill(hand: PayPalHand):
    made, _plan = subscribed(hand)

    (sale,) = hand.all("sale")
    (paid,) = of(PaymentFact, hand.api, hand.api.fetch("sale", sale["id"]))
    (state,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))
    assert (paid.amount_minor, paid.claims.subscriber, paid.claims.invoice) == (4_900, "learner-7", None)
    assert state.status is SubscriptionStatus.ACTIVE


def test_a_sale_is_refunded_like_any_payment(hand: PayPalHand):
    subscribed(hand)
    (sale,) = hand.all("sale")

    answer = hand.api.perform(refund(sale["id"], 1_000, "USD"), KEY)
    again = hand.api.perform(refund(sale["id"], 1_000, "USD"), KEY)

    (fact,) = of(RefundFact, hand.api, *answer.found)
    assert (fact.payment, fact.amount_minor) == (sale["id"], 1_000)
    assert again.refund == answer.refund
    assert len(hand.all("sale_refund")) == 1


def test_a_trial_bills_when_it_ends(hand: PayPalHand):
    plan = hand.control("make_plan")["id"]
    made = hand.api.perform(subscription(plan, trial_days=7), KEY)
    hand.control("approve_subscription", subscription=made.subscription)
    assert hand.all("sale") == []

    hand.advance(8 * 86_400)

    assert len(hand.all("sale")) == 1


def test_a_charge_that_fails_leaves_a_subscription_past_due_and_then_unpaid(hand: PayPalHand):
    made, _plan = subscribed(hand)
    hand.control("refuse_renewals", subscription=made)

    seen = []
    for wait_s in (MONTH_S + 60, 6 * 86_400, 6 * 86_400):
        hand.advance(wait_s)
        seen += of(SubscriptionFact, hand.api, hand.api.fetch("subscription", made))

    assert [fact.status for fact in seen] == [
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.UNPAID,
    ]


def test_another_plan_begins_with_the_next_cycle(hand: PayPalHand):
    made, _plan = subscribed(hand)
    dearer = hand.control("make_plan", price="99.00")["id"]
    request = ChangeSubscription(subscription=made, price=dearer, at=ChangeAt.PERIOD_END)

    answer = hand.api.perform(request, KEY)
    preview = hand.api.preview_change(request)
    hand.advance(MONTH_S + 60)

    assert of(SubscriptionFact, hand.api, *answer.found)[0].plans == (dearer,)
    assert (preview.due_now_minor, preview.next_amount_minor, preview.currency) == (0, 9_900, "USD")
    assert [sale["amount"]["total"] for sale in hand.all("sale")] == ["49.00", "99.00"]


def test_one_is_suspended_resumed_and_cancelled(hand: PayPalHand):
    made, _plan = subscribed(hand)

    paused = hand.api.perform(PauseSubscription(subscription=made), KEY)
    running = hand.api.perform(ResumeSubscription(subscription=made), KEY)
    ended = hand.api.perform(CancelSubscription(subscription=made, at=ChangeAt.NOW), KEY)

    assert paused.status is SubscriptionStatus.PAUSED
    assert running.status is SubscriptionStatus.ACTIVE
    assert ended.status is SubscriptionStatus.CANCELED
    with pytest.raises(GatewayRefused):
        hand.api.perform(PauseSubscription(subscription=made), OTHER_KEY)


NOT_HERE = [
    (lambda _sub, plan: subscription(plan, cycles=12), "make a plan with so many"),
    (lambda sub, plan: ChangeSubscription(subscription=sub, price=plan), "change at period_end"),
    (lambda sub, _plan: CancelSubscription(subscription=sub), "suspend it now"),
]


@pytest.mark.parametrize(("make", "instead"), NOT_HERE)
def test_what_paypal_cannot_do_says_what_it_can(hand: PayPalHand, make, instead):
    made, plan = subscribed(hand)

    with pytest.raises(GatewayRefused, match=instead) as refused:
        hand.api.perform(make(made, plan), KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED


def test_a_preview_of_a_change_now_says_what_can_be_had_instead(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="change at period_end"):
        hand.api.preview_change(ChangeSubscription(subscription="I-1", price="P-1"))


def test_a_subscription_needs_a_way_back_for_its_payer(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="return_url"):
        hand.api.perform(subscription("P-1", return_url=None), KEY)


CHANGES = [
    ("suspend", lambda sub, _plan: PauseSubscription(subscription=sub)),
    ("cancel", lambda sub, _plan: CancelSubscription(subscription=sub, at=ChangeAt.NOW)),
    ("revise", lambda sub, plan: ChangeSubscription(subscription=sub, price=plan, at=ChangeAt.PERIOD_END)),
]


@pytest.mark.parametrize(("action", "make"), CHANGES, ids=[action for action, _ in CHANGES])
def test_a_change_without_a_key_is_found_by_its_effect(hand: PayPalHand, action, make):
    made, _plan = subscribed(hand)
    request = make(made, hand.control("make_plan", price="99.00")["id"])
    assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None
    with pytest.raises(GatewayAway):
        hand.api.ask(request, KEY, utc_now())
    hand.fail(f"subscriptions.{action}", FaultKind.TIMEOUT_AFTER)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    assert hand.api.ask(request, KEY, utc_now()).subscription == made


def test_a_resumption_is_found_by_its_effect(hand: PayPalHand):
    made, _plan = subscribed(hand)
    hand.api.perform(PauseSubscription(subscription=made), KEY)
    request = ResumeSubscription(subscription=made)
    assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None
    hand.fail("subscriptions.activate", FaultKind.TIMEOUT_AFTER)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    assert hand.api.ask(request, KEY, utc_now()).status is SubscriptionStatus.ACTIVE


def test_a_change_whose_effect_cannot_be_seen_is_unknown_not_undone(hand: PayPalHand):
    made, _plan = subscribed(hand)
    hand.fail("subscriptions.retrieve", FaultKind.BAD_GATEWAY)

    with pytest.raises(OutcomeUnknown):
        hand.api.perform(PauseSubscription(subscription=made), KEY)

    assert hand.api.ask(PauseSubscription(subscription=made), KEY, utc_now()).subscription == made


def test_a_subscription_nobody_heard_of_is_as_good_as_none(hand: PayPalHand):
    plan = hand.control("make_plan")["id"]
    request = subscription(plan)
    hand.fail("subscriptions.create", FaultKind.TIMEOUT_AFTER)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    assert hand.api.ask(request, KEY, utc_now()).approval_url
    assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None
    assert len(hand.all("subscription")) == 1
