"""Charges while the payer is away: what is sent, and what each answer becomes."""

from dataclasses import replace

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import (
    FailureCode,
    GatewayAway,
    GatewayRefused,
    OutcomeUnknown,
)
from bursar.gateways.api.requests import Charge
from bursar.rules.calling import Operation
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import (
    AMOUNT_MINOR,
    INVOICE,
    KEY,
    LONG_AGO,
    OTHER_KEY,
    PURPOSE,
    of,
)
from tests.gateways.razorpay.calls.making import charge
from tests.gateways.razorpay.calls.scripted import error, says


def test_a_card_is_charged_while_the_payer_is_away(hand):
    request = charge(hand)

    answer = hand.api.perform(request, KEY)

    (fact,) = of(PaymentFact, hand.api, *answer.found)
    assert answer.status is fact.status is PaymentStatus.SUCCEEDED
    assert (fact.payment, fact.claims.invoice) == (answer.payment, INVOICE)
    assert [order["receipt"] for order in hand.all("order")] == [request.charge]


def test_the_same_charge_is_never_taken_twice(hand):
    request = charge(hand)

    first, again = hand.api.perform(request, KEY), hand.api.perform(request, KEY)

    assert first == again
    assert list(hand.gateways.book.captured().values()) == [AMOUNT_MINOR]


def test_a_charge_that_waits_for_its_notice_is_processing(hand):
    request = charge(hand, "upi")

    answer = hand.api.perform(request, KEY)
    with pytest.raises(GatewayAway):
        hand.api.ask(request, KEY, utc_now() - LONG_AGO)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)
    hand.advance(2 * 86_400)

    assert (answer.status, answer.found) == (PaymentStatus.PROCESSING, ())
    assert list(hand.gateways.book.captured().values()) == [AMOUNT_MINOR]
    assert hand.api.ask(request, KEY, utc_now()).status is PaymentStatus.SUCCEEDED


def test_a_declined_charge_names_the_reason_and_the_payment(hand):
    request = charge(hand)
    hand.fail("payments.recurring", FaultKind.DECLINE, decline_code="card_expired")

    with pytest.raises(GatewayRefused) as declined:
        hand.api.perform(request, KEY)
    with pytest.raises(GatewayRefused) as asked:
        hand.api.ask(request, KEY, utc_now())

    (payment,) = hand.all("payment")
    assert declined.value.failure.code is asked.value.failure.code is FailureCode.DECLINED
    assert declined.value.failure.decline_code == asked.value.failure.decline_code == "card_expired"
    assert declined.value.failure.object_id == asked.value.failure.object_id == payment["id"]


@pytest.mark.parametrize("reason", ["customer_action_required", "authentication_failed"])
def test_a_charge_that_only_the_payer_can_finish_says_so(hand, reason):
    request = charge(hand)
    hand.control("refuse_token", token=request.payment_method, reason=reason)

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(request, KEY)

    assert refused.value.failure.code is FailureCode.ACTION_REQUIRED


def test_a_charge_whose_answer_was_lost_is_found_by_its_order(hand):
    request = charge(hand)
    hand.lose_answer(Operation.CHARGE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    answer = hand.api.ask(request, KEY, utc_now())

    assert answer.status is PaymentStatus.SUCCEEDED
    assert list(hand.gateways.book.captured().values()) == [AMOUNT_MINOR]


def test_an_order_without_a_payment_is_no_charge_and_is_used_again(hand):
    request = charge(hand)
    hand.lose_request(Operation.CHARGE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)
    with pytest.raises(GatewayAway):
        hand.api.ask(request, KEY, utc_now())
    assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None

    answer = hand.api.perform(request, KEY)

    assert answer.status is PaymentStatus.SUCCEEDED
    assert len(hand.all("order")) == 1


def test_a_charge_that_was_made_is_no_failure_when_its_state_cannot_be_had(hand):
    for lost in (FaultKind.RATE_LIMITED, FaultKind.BAD_GATEWAY):
        request = replace(charge(hand), charge=f"charge-{lost}")
        hand.fail("payments.retrieve", lost)

        answer = hand.api.perform(request, f"{KEY}-{lost}")

        assert (answer.status, answer.found) == (PaymentStatus.PROCESSING, ())


def test_a_charge_that_was_made_is_no_failure_when_the_key_is_rolled_meanwhile(api, server):
    server.answer(
        says(items=[]),
        says(id="cust_1", email="a@b.example", contact="+910000000000"),
        says(id="order_1"),
        says(razorpay_payment_id="pay_1"),
        error(401, description="Authentication failed"),
    )
    request = Charge(
        charge="c-1",
        purpose=PURPOSE,
        amount_minor=100,
        currency="INR",
        description="x",
        customer="cust_1",
        payment_method="token_1",
    )

    assert api.perform(request, KEY).payment == "pay_1"


def test_a_charge_that_arrived_late_is_not_taken_again_under_another_key(hand):
    request = charge(hand)
    first = hand.api.perform(request, KEY)

    again = hand.api.perform(request, OTHER_KEY)

    assert again == first == hand.api.ask(request, OTHER_KEY, utc_now())
    assert list(hand.gateways.book.captured().values()) == [AMOUNT_MINOR]


def test_a_charge_that_was_declined_may_be_tried_again_under_another_key(hand):
    request = charge(hand)
    hand.fail("payments.recurring", FaultKind.DECLINE)
    with pytest.raises(GatewayRefused):
        hand.api.perform(request, KEY)
    assert hand.api.ask(request, OTHER_KEY, utc_now() - LONG_AGO) is None

    answer = hand.api.perform(request, OTHER_KEY)

    assert answer.status is PaymentStatus.SUCCEEDED
    assert [order["status"] for order in hand.all("order")] == ["attempted", "paid"]


FAILED = {"id": "pay_1", "status": "failed", "amount": 100, "currency": "INR"}


@pytest.mark.parametrize(
    ("order", "payments", "known"),
    [
        ({"attempts": 0, "status": "created"}, [], True),
        ({"attempts": 1, "status": "attempted"}, [], False),
        ({"status": "attempted"}, [], False),
        ({"status": "created"}, [], True),
        ({"attempts": 2, "status": "attempted"}, [FAILED], False),
        ({"attempts": 1, "status": "attempted"}, [FAILED], True),
    ],
)
def test_an_attempt_that_is_counted_but_not_shown_is_no_absence(api, server, order, payments, known):
    server.answer(says(items=[{"id": "order_1", "notes": {}, **order}]), says(items=payments))
    request = Charge(
        charge="c-1",
        purpose=PURPOSE,
        amount_minor=100,
        currency="INR",
        description="x",
        customer="cust_1",
        payment_method="token_1",
    )

    if known:
        assert api.ask(request, KEY, utc_now() - LONG_AGO) is None
    else:
        with pytest.raises(GatewayAway):
            api.ask(request, KEY, utc_now() - LONG_AGO)
