"""Objects as they are now."""

from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.rules.facts import (
    DisputeFact,
    DisputeFundsFact,
    PaymentFact,
)
from bursar.rules.states import DisputeStatus, PaymentStatus
from tests.gateways.contract import (
    AMOUNT_MINOR,
    FIRST_MINOR,
    KEY,
    facts_of,
    of,
    paid,
    refund,
)
from tests.gateways.razorpay.calls.making import intent
from tests.gateways.razorpay.calls.scripted import says

DAY_S = 86_400
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", ["customer", "token", "", "payments"])
def test_what_cannot_be_fetched_is_refused_with_what_can(api, server, kind):
    with pytest.raises(
        GatewayRefused, match=r"one of dispute, invoice, order, payment, payment_link"
    ) as refused:
        api.fetch(kind, "x_1")

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
    assert server.asked == []


def test_every_kind_that_can_be_fetched_is_read_as_facts(hand):
    payment = paid(hand)
    made = hand.api.perform(refund(payment, FIRST_MINOR, "INR"), KEY).refund
    dispute = hand.control("open_dispute", payment=payment, amount=1_000)["id"]
    settlement = hand.control("settle")["id"]
    (link,) = hand.all("payment_link")
    order = link["order_id"]

    for kind, object_id in (
        ("payment", payment),
        ("refund", made),
        ("dispute", dispute),
        ("settlement", settlement),
        ("payment_link", link["id"]),
        ("order", order),
    ):
        assert facts_of(hand.api, hand.api.fetch(kind, object_id)), kind


def test_a_refund_of_what_was_never_captured_is_no_refund_of_ours(hand):
    order = hand.api.perform(intent(capture=False), KEY).payment
    hand.pay(order)
    hand.advance(6 * DAY_S)
    (released,) = hand.all("refund")

    told = facts_of(hand.api, hand.api.fetch("refund", released["id"]))

    assert [type(fact) for fact in told] == [PaymentFact]
    assert told[0].status is PaymentStatus.AUTHORIZED


def test_what_is_fetched_later_is_newer_where_the_latest_word_stays(hand):
    payment = paid(hand)
    dispute = hand.control("open_dispute", payment=payment)["id"]
    first = hand.api.fetch("dispute", dispute)
    hand.gateways.clock.advance(400 * DAY_S)
    again = hand.api.fetch("dispute", dispute)
    hand.control("close_dispute", dispute=dispute, won=False)
    lost = hand.api.fetch("dispute", dispute)

    assert first.dedupe_key == again.dedupe_key != lost.dedupe_key
    assert again.occurred_at - first.occurred_at >= timedelta(days=400)
    (fact,) = of(DisputeFact, hand.api, lost)
    (funds,) = of(DisputeFundsFact, hand.api, lost)
    assert (fact.status, funds.amount_minor) == (DisputeStatus.LOST, AMOUNT_MINOR)


def test_a_payment_happened_when_it_was_made_whenever_it_is_fetched(hand):
    payment = paid(hand)
    hand.gateways.clock.advance(400 * DAY_S)

    fetched = hand.api.fetch("payment", payment)

    assert utc_now() - fetched.occurred_at < HOUR
    assert fetched.livemode is False


def test_an_invoice_of_razorpays_own_comes_with_its_payment(api, server):
    server.answer(
        says(id="inv_1", status="paid", payment_id="pay_1", amount=500, currency="INR", created_at=1),
        says(id="pay_1", status="captured", captured=True, amount=500, currency="INR", created_at=1),
    )

    (fact,) = of(PaymentFact, api, api.fetch("invoice", "inv_1"))

    assert (fact.payment, fact.status) == ("pay_1", PaymentStatus.SUCCEEDED)
