"""Payment links and customers."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import ExpireCheckout, Purpose
from bursar.gateways.razorpay.proofs import verify_link, verify_order
from bursar.rules.facts import CheckoutFact, PaymentFact
from bursar.rules.states import CheckoutStatus
from bursar.sandbox.fake.vendor import Choice
from tests.gateways.contract import INVOICE, KEY, OTHER_KEY, checkout, customer, of
from tests.gateways.razorpay.calls.scripted import says


@pytest.mark.parametrize(
    ("wanted", "least", "most"),
    [
        (timedelta(minutes=-5), timedelta(minutes=15), timedelta(minutes=17)),
        (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=17)),
        (timedelta(days=9), timedelta(days=8, hours=23), timedelta(days=9)),
    ],
)
def test_a_link_ends_when_asked_but_not_sooner_than_razorpay_allows(hand, wanted, least, most):
    opened = hand.api.perform(replace(checkout("INR"), expires_at=utc_now() + wanted), KEY)

    assert least < opened.expires_at - utc_now() < most


def test_a_link_tells_the_payer_nothing_itself(api, server):
    server.answer(says(id="plink_1", short_url="https://rzp.example/i/1", expire_by=0))

    opened = api.perform(checkout("INR"), KEY)

    (asked,) = server.asked
    assert asked.body["notify"] == {"sms": False, "email": False}
    assert asked.body["reference_id"] == "0197f0c0-checkout"
    assert (asked.body["callback_url"], asked.body["callback_method"]) == (
        "https://school.example/paid?term=spring",
        "get",
    )
    assert opened.expires_at is None


def test_a_link_of_another_call_is_not_taken_for_this_one(hand):
    hand.api.perform(checkout("INR"), KEY)

    with pytest.raises(GatewayRefused, match="already exists"):
        hand.api.perform(checkout("INR"), OTHER_KEY)


def test_our_id_of_a_checkout_is_not_taken_for_an_invoice(hand):
    request = replace(checkout("INR"), purpose=Purpose(customer="learner-7"))
    opened = hand.api.perform(request, KEY)
    hand.pay(opened.checkout)

    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("payment_link", opened.checkout))

    assert (fact.claims.invoice, fact.claims.customer) == (None, "learner-7")
    assert opened.checkout in fact.claims.checkouts


@pytest.mark.parametrize("paid", [True, False], ids=["paid", "unpaid"])
def test_a_closed_link_says_what_became_of_it(hand, paid):
    opened = hand.api.perform(checkout("INR"), KEY)
    if paid:
        hand.pay(opened.checkout)

    closed = hand.api.perform(ExpireCheckout(checkout=opened.checkout), OTHER_KEY)

    (fact,) = of(CheckoutFact, hand.api, *closed.found)
    assert fact.status is (CheckoutStatus.COMPLETED if paid else CheckoutStatus.EXPIRED)
    assert hand.api.ask(ExpireCheckout(checkout=opened.checkout), OTHER_KEY, utc_now()) == closed


def test_an_open_link_was_not_closed(hand):
    opened = hand.api.perform(checkout("INR"), KEY)

    assert hand.api.ask(ExpireCheckout(checkout=opened.checkout), OTHER_KEY, utc_now()) is None


def test_an_order_has_no_page_to_close(api):
    with pytest.raises(GatewayRefused, match="close your page") as refused:
        api.perform(ExpireCheckout(checkout="order_1"), KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED


def test_a_link_that_is_not_there_cannot_be_closed(hand):
    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(ExpireCheckout(checkout="plink_nothere"), KEY)

    assert refused.value.failure.code is FailureCode.NOT_FOUND


def test_what_the_payer_brings_back_from_a_link_is_proof(hand):
    opened = hand.api.perform(checkout("INR"), KEY)
    back = hand.gateways.vendors["razorpay"].choose(opened.checkout, Choice.PAY)

    told = dict(parse_qsl(urlsplit(back).query))
    assert told["term"] == "spring"
    verify_link(
        b"key_secret",
        link=told["razorpay_payment_link_id"],
        reference=told["razorpay_payment_link_reference_id"],
        status=told["razorpay_payment_link_status"],
        payment=told["razorpay_payment_id"],
        signature=told["razorpay_signature"],
    )


def test_what_the_payer_brings_back_from_an_order_is_proof(hand):
    opened = hand.api.perform(checkout("INR"), KEY)
    told = hand.control("pay", checkout=opened.checkout)

    verify_order(
        b"key_secret",
        order=told["razorpay_order_id"],
        payment=told["razorpay_payment_id"],
        signature=told["razorpay_signature"],
    )


def test_a_paid_link_with_its_invoice_claims_it(hand):
    opened = hand.api.perform(checkout("INR"), KEY)
    hand.pay(opened.checkout)

    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("payment_link", opened.checkout))

    assert fact.claims.invoice == INVOICE


# -- customers


def test_a_customer_who_is_there_already_is_used_again(hand):
    first = hand.api.perform(customer(), KEY)

    assert hand.api.perform(customer(), OTHER_KEY) == first
    assert len(hand.all("customer")) == 1


def test_two_learners_with_one_address_are_not_taken_for_one(hand):
    hand.api.perform(customer(), KEY)

    with pytest.raises(GatewayRefused, match=r"email: .* another one of ours"):
        hand.api.perform(replace(customer(), customer="learner-8"), OTHER_KEY)


def test_customers_without_an_address_are_found_by_our_key(hand):
    request = replace(customer(), email=None)
    made = hand.api.perform(request, KEY)
    other = hand.api.perform(replace(request, customer="learner-8"), OTHER_KEY)

    assert made != other
    assert hand.api.ask(request, KEY, utc_now()) == made


def test_a_name_is_cut_to_what_razorpay_takes(hand):
    hand.api.perform(replace(customer(), name="A" * 200), KEY)

    (made,) = hand.all("customer")
    assert made["name"] == "A" * 50


@pytest.mark.parametrize(("method", "label"), [("card", "visa •••• 1111"), ("upi", "upi @examplebank")])
def test_saved_ways_to_pay_are_shown_without_the_payer(hand, method, label):
    payer = hand.api.perform(customer(), KEY).customer
    token = hand.control("save_token", customer=payer, method=method)

    (shown,) = hand.api.list_payment_methods(payer)

    assert (shown.payment_method, shown.kind, shown.label) == (token["id"], method, label)
    assert shown.expires == ("2031-07" if method == "card" else None)


def test_tokens_that_can_no_longer_be_charged_are_not_shown(api, server):
    tokens = [
        {"id": f"token_{status}", "method": "upi", "recurring_details": {"status": status}}
        for status in ("confirmed", "rejected", "cancelled", "paused")
    ]
    server.answer(
        says(items=[*tokens, {"id": "token_bank", "method": "emandate", "bank": "HDFC"}, {"id": None}])
    )

    shown = api.list_payment_methods("cust_1")

    assert [each.payment_method for each in shown] == ["token_confirmed", "token_paused", "token_bank"]
    assert [each.label for each in shown] == ["upi", "upi", "HDFC"]
