"""What only a gateway with a memory can show: a subscription through its life, a payout of real charges."""

from datetime import timedelta

from bursar.clock import utc_now
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    Purpose,
    ResumeSubscription,
)
from bursar.gateways.stripe.api import StripeApi
from bursar.rules.facts import SettlementFact, SubscriptionFact
from bursar.rules.states import SettlementStatus, SubscriptionStatus
from tests.gateways.contract import KEY, customer, of, paid, refund
from tests.gateways.stripe.calls.played import StripeHand


def price(hand: StripeHand, amount: int) -> str:
    """A monthly price, as a school makes it in Stripe's dashboard."""
    assert isinstance(hand.api, StripeApi)
    prices = hand.api._connection.client.v1.prices
    made = prices.create(
        {
            "currency": "usd",
            "unit_amount": amount,
            "recurring": {"interval": "month"},
            "product_data": {"name": f"Plan of {amount}"},
        }
    )
    return made.id


def subscribed(hand: StripeHand, plan: str) -> str:
    payer = hand.api.perform(customer(), "played-payer-0001").customer
    begun = hand.api.perform(
        CreateSubscription(
            subscription="0197f0c0-subscription",
            purpose=Purpose(customer="learner-7"),
            customer=payer,
            price=plan,
            trial_days=14,
        ),
        "played-subscription-0001",
    )
    assert begun.status is SubscriptionStatus.TRIALING
    return begun.subscription


def test_a_subscription_is_changed_paused_resumed_and_ended(hand: StripeHand):
    small, large = price(hand, 1_000), price(hand, 3_000)
    subscription = subscribed(hand, small)

    changed = hand.api.perform(
        ChangeSubscription(subscription=subscription, price=large), "played-change-0001"
    )
    paused = hand.api.perform(PauseSubscription(subscription=subscription), "played-pause-0001")
    resumed = hand.api.perform(ResumeSubscription(subscription=subscription), "played-resume-0001")
    ending = hand.api.perform(CancelSubscription(subscription=subscription), "played-ending-0001")
    ended = hand.api.perform(
        CancelSubscription(subscription=subscription, at=ChangeAt.NOW), "played-ended-0001"
    )

    told = of(SubscriptionFact, hand.api, *changed.found, *ending.found)
    assert [fact.plans for fact in told] == [(large,), (large,)]
    assert [fact.cancel_at_period_end for fact in told] == [False, True]
    assert [answer.status for answer in (paused, resumed, ended)] == [
        SubscriptionStatus.PAUSED,
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.CANCELED,
    ]


def test_an_end_that_was_asked_for_twice_is_one(hand: StripeHand):
    subscription = subscribed(hand, price(hand, 1_000))
    end = CancelSubscription(subscription=subscription, at=ChangeAt.NOW)
    hand.api.perform(end, KEY)

    again = hand.api.perform(end, KEY)
    asked = hand.api.ask(end, KEY, utc_now())

    assert asked is not None
    assert (again.status, asked.status) == (SubscriptionStatus.CANCELED, SubscriptionStatus.CANCELED)


def test_what_a_change_would_cost_is_asked_without_changing_anything(hand: StripeHand):
    small, large = price(hand, 1_000), price(hand, 3_000)
    subscription = subscribed(hand, small)

    preview = hand.api.preview_change(ChangeSubscription(subscription=subscription, price=large))

    (fact,) = of(SubscriptionFact, hand.api, hand.api.fetch("subscription", subscription))
    assert preview.currency == "USD"
    assert preview.due_now_minor >= 0
    assert fact.plans == (small,)


def test_the_lines_of_a_payout_sum_to_what_reaches_the_bank(hand: StripeHand):
    payment = paid(hand)
    hand.api.perform(refund(payment, 500, "USD"), KEY)
    hand.gateways.clock.advance(3 * 86_400)
    hand.control("pay_out")
    now = hand.gateways.clock.now()

    lines = list(hand.api.list_settled(Window(since=now - timedelta(days=9), until=now + timedelta(days=9))))

    (settlement,) = {line.settlement for line in lines}
    (fact,) = of(SettlementFact, hand.api, hand.api.fetch("payout", settlement))
    assert sum(line.net_minor for line in lines) == fact.amount_minor > 0
    assert fact.status is SettlementStatus.PAID
    assert sorted(line.kind for line in lines) == ["payment", "refund"]
