"""Refunds: what is sent, and what each answer becomes."""

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import (
    FailureCode,
    GatewayRefused,
    KeyReused,
)
from bursar.gateways.razorpay.calls.refunds import KEY_HEADER
from bursar.rules.facts import RefundFact
from bursar.rules.states import RefundStatus
from tests.gateways.contract import (
    AMOUNT_MINOR,
    FIRST_MINOR,
    KEY,
    LONG_AGO,
    OTHER_KEY,
    of,
    paid,
    refund,
)
from tests.gateways.razorpay.calls.making import intent
from tests.gateways.razorpay.calls.scripted import says


def test_a_refund_names_ours_and_its_effect_and_is_sent_under_our_key(api, server):
    made = says(id="rfnd_1", entity="refund", amount=500, currency="INR", payment_id="pay_1")
    server.answer(says(items=[]), made)

    api.perform(refund("pay_1", 500, "INR"), KEY)

    _, asked = server.asked
    assert asked.headers[KEY_HEADER.lower()] == KEY
    assert asked.body["notes"] == {
        "bursar_refund": "0197f0c0-refund",
        "bursar_effect": "cancel",
        "bursar_call": KEY,
        "reason": "requested_by_customer",
    }


def test_a_key_with_another_amount_is_not_a_second_refund(hand):
    payment = paid(hand)
    hand.api.perform(refund(payment, FIRST_MINOR, "INR"), KEY)

    with pytest.raises(KeyReused):
        hand.api.perform(refund(payment, FIRST_MINOR + 1, "INR"), KEY)

    assert len(hand.all("refund")) == 1


def test_a_refund_that_a_bank_thinks_over_is_pending(hand):
    order = hand.api.perform(intent(), KEY).payment
    payment = hand.control("pay", checkout=order, method="netbanking")["razorpay_payment_id"]

    answer = hand.api.perform(refund(payment, FIRST_MINOR, "INR"), OTHER_KEY)

    assert answer.status is RefundStatus.PENDING
    hand.advance(2 * 86_400)
    (fact,) = of(RefundFact, hand.api, hand.api.fetch("refund", answer.refund))
    assert fact.status is RefundStatus.SUCCEEDED


def test_a_refund_made_on_the_gateways_site_is_not_ours(hand):
    payment = paid(hand)
    hand.control("refund", payment=payment, amount=FIRST_MINOR)
    request = refund(payment, FIRST_MINOR, "INR")

    assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None


def test_a_payment_that_is_wholly_refunded_says_so(hand):
    payment = paid(hand)
    hand.api.perform(refund(payment, AMOUNT_MINOR, "INR"), KEY)

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(refund(payment, FIRST_MINOR, "INR"), OTHER_KEY)

    assert refused.value.failure.code is FailureCode.ALREADY_DONE


def test_a_refund_that_arrived_late_is_not_made_again_under_another_key(hand):
    payment = paid(hand)
    request = refund(payment, FIRST_MINOR, "INR")
    first = hand.api.perform(request, KEY)

    assert hand.api.perform(request, OTHER_KEY) == first
    assert hand.api.ask(request, OTHER_KEY, utc_now()) == first
    assert len(hand.all("refund")) == 1


def test_a_refund_that_failed_may_be_made_again_under_another_key(hand):
    payment = paid(hand)
    request = refund(payment, FIRST_MINOR, "INR")
    first = hand.api.perform(request, KEY)
    hand.control("fail_refund", refund=first.refund)

    again = hand.api.perform(request, OTHER_KEY)

    assert again.refund != first.refund
    assert hand.api.ask(request, OTHER_KEY, utc_now()).refund == again.refund
    assert hand.api.ask(request, KEY, utc_now()).refund in {first.refund, again.refund}
