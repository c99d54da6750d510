"""Hosted pages: the order that is sent, its payer's approval, and our capture of it."""

from dataclasses import replace

import pytest

from bursar.clock import utc_now
from bursar.gateways import strictjson
from bursar.gateways.api.failures import FailureCode, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import Capture, ExpireCheckout
from bursar.gateways.paypal.approvals import find_capture
from bursar.rules.facts import CheckoutFact, FeeFact, PaymentFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from tests.gateways.contract import AMOUNT_MINOR, KEY, OTHER_KEY, PURPOSE, checkout, facts_of, of
from tests.gateways.paypal.calls.making import captured
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import says


def test_an_order_says_whose_money_it_is_and_which_payment_it_was(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)

    (order,) = hand.all("order")
    (unit,) = order["purchase_units"]
    assert (order["intent"], order["status"]) == ("CAPTURE", "PAYER_ACTION_REQUIRED")
    assert unit["amount"] == {"currency_code": "USD", "value": "120.00"}
    assert unit["invoice_id"] == "bursar:0197f0c0-checkout"
    assert unit["custom_id"] == (
        "invoice=0197f0c0-invoice;customer=learner-7;track=photography;components=tuition=10000,library=2000"
    )
    assert hand.vendor.account.behind[opened.checkout] == {
        "return_url": "https://school.example/paid?term=spring",
        "cancel_url": "https://school.example/later",
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
    }


def test_an_approved_order_moves_no_money_until_it_is_captured(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.control("approve", checkout=opened.checkout)
    approved = hand.api.fetch("order", opened.checkout)
    assert facts_of(hand.api, approved) == ()
    assert hand.rows() == []

    wanted = find_capture(approved.type, strictjson.loads(approved.document))
    assert wanted == Capture(payment=opened.checkout, amount_minor=AMOUNT_MINOR, currency="USD")
    answer = hand.api.perform(wanted, OTHER_KEY)

    (paid,) = of(PaymentFact, hand.api, *answer.found)
    (done,) = of(CheckoutFact, hand.api, *answer.found)
    (fee,) = of(FeeFact, hand.api, *answer.found)
    (row,) = hand.rows()
    assert (answer.status, answer.payment) == (PaymentStatus.SUCCEEDED, paid.payment)
    assert (done.status, done.checkout) == (CheckoutStatus.COMPLETED, opened.checkout)
    assert (row.id, row.amount_minor, row.metadata["own"]) == (paid.payment, 12_000, "0197f0c0-checkout")
    assert fee.fee_minor == 360


def test_an_order_is_captured_once_however_often_its_event_comes(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.control("approve", checkout=opened.checkout)

    first, again = captured(hand, opened.checkout), captured(hand, opened.checkout)
    with pytest.raises(GatewayRefused) as refused:
        captured(hand, opened.checkout, OTHER_KEY)

    assert first.payment == again.payment
    assert refused.value.failure.code is FailureCode.ALREADY_DONE
    assert len(hand.all("capture")) == 1


def test_one_bill_is_paid_in_two_parts(hand: PayPalHand):
    for name, key in (("first", KEY), ("second", OTHER_KEY)):
        part = replace(checkout("USD"), checkout=name, amount_minor=6_000)
        hand.pay(hand.api.perform(part, key).checkout)

    facts = [of(PaymentFact, hand.api, hand.api.fetch("capture", row.id))[0] for row in hand.rows()]
    assert [fact.claims.invoice for fact in facts] == 2 * [PURPOSE.invoice]


def test_an_order_nobody_approved_cannot_be_captured(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)

    with pytest.raises(GatewayRefused) as refused:
        captured(hand, opened.checkout)

    assert refused.value.failure.code is FailureCode.ACTION_REQUIRED


def test_an_order_is_captured_as_a_whole_or_not_at_all(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.control("approve", checkout=opened.checkout)

    with pytest.raises(GatewayRefused, match="12000 USD"):
        hand.api.perform(Capture(payment=opened.checkout, amount_minor=1, currency="USD"), OTHER_KEY)

    assert hand.rows() == []


def test_a_bank_that_declines_is_told_and_the_payer_may_try_again(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.control("approve", checkout=opened.checkout, capture_as="DECLINED")

    with pytest.raises(GatewayRefused) as refused:
        captured(hand, opened.checkout)

    failure = refused.value.failure
    assert (failure.code, failure.decline_code) == (FailureCode.DECLINED, "INSTRUMENT_DECLINED")
    assert hand.pay(opened.checkout)


def test_a_bank_that_takes_its_time_is_waited_for(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.control("approve", checkout=opened.checkout, capture_as="PENDING")

    answer = captured(hand, opened.checkout)
    hand.advance(4 * 86_400)
    later = hand.api.fetch("capture", answer.payment)

    assert answer.status is PaymentStatus.PROCESSING
    assert of(PaymentFact, hand.api, later)[0].status is PaymentStatus.SUCCEEDED


def test_a_payers_address_is_written_into_the_page_for_him(api, server):
    server.answer(says(id="O1", links=[{"rel": "payer-action", "href": "https://paypal.example/O1"}]))

    opened = api.perform(replace(checkout("USD"), email="ada@example.com"), KEY)

    (asked,) = server.asked
    assert asked.told["payment_source"]["paypal"]["email_address"] == "ada@example.com"
    assert asked.headers["paypal-request-id"] == KEY
    assert opened.url == "https://paypal.example/O1"


def test_an_order_without_a_page_may_be_there_all_the_same(api, server):
    server.answer(says(id="O1", links=[]))

    with pytest.raises(OutcomeUnknown, match="no link"):
        api.perform(checkout("USD"), KEY)


def test_a_checkout_that_lapsed_was_not_paid(hand: PayPalHand):
    opened = hand.api.perform(checkout("USD"), KEY)
    hand.advance(4 * 3_600)
    closing = ExpireCheckout(checkout=opened.checkout)

    closed = hand.api.perform(closing, OTHER_KEY)

    assert (closed.checkout, closed.paid) == (opened.checkout, False)
    assert hand.api.ask(closing, OTHER_KEY, utc_now()) == closed
