"""Orders and their captures: what is sent, and what each answer becomes."""

from dataclasses import replace

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import (
    FailureCode,
    GatewayAway,
    GatewayRefused,
    OutcomeUnknown,
)
from bursar.gateways.api.requests import Capture, ConfirmIntent
from bursar.rules.calling import Operation
from bursar.rules.facts import FeeFact, PaymentFact
from bursar.rules.states import PaymentStatus
from tests.gateways.contract import (
    AMOUNT_MINOR,
    INVOICE,
    KEY,
    LONG_AGO,
    OTHER_KEY,
    PURPOSE,
    of,
)
from tests.gateways.razorpay.calls.making import intent

THIRD_KEY = "contract-key-0003"


def test_an_intent_is_an_order_with_our_receipt_and_purpose(hand):
    answer = hand.api.perform(intent(), KEY)

    (order,) = hand.all("order")
    assert (answer.payment, answer.status) == (order["id"], PaymentStatus.CREATED)
    assert order["receipt"] == "0197f0c0-checkout"
    assert order["notes"] == {
        "bursar_call": KEY,
        "components": "tuition=10000,library=2000",
        "customer": "learner-7",
        "invoice": INVOICE,
        "track": "photography",
    }


def test_an_order_is_paid_and_its_fetch_tells_whose_money_it_is(hand):
    order = hand.api.perform(intent(), KEY).payment
    payment = hand.pay(order)

    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("order", order))

    assert (fact.payment, fact.status) == (payment, PaymentStatus.SUCCEEDED)
    assert (fact.claims.invoice, fact.claims.checkouts) == (INVOICE, (order,))


def test_an_order_that_nobody_paid_tells_of_its_last_attempt_or_of_nothing(hand):
    order = hand.api.perform(intent(), KEY).payment
    assert of(PaymentFact, hand.api, hand.api.fetch("order", order)) == []

    hand.control("decline", checkout=order)

    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("order", order))
    assert (fact.status, fact.decline_code) == (PaymentStatus.FAILED, "insufficient_funds")


def test_what_was_only_authorised_is_captured_once(hand):
    order = hand.api.perform(intent(capture=False), KEY).payment
    payment = hand.pay(order)
    request = Capture(payment=payment, amount_minor=AMOUNT_MINOR, currency="INR")
    assert hand.api.ask(request, OTHER_KEY, utc_now() - LONG_AGO) is None

    answer = hand.api.perform(request, OTHER_KEY)
    with pytest.raises(GatewayRefused) as again:
        hand.api.perform(request, THIRD_KEY)

    assert (answer.payment, answer.status) == (payment, PaymentStatus.SUCCEEDED)
    assert again.value.failure.code is FailureCode.ALREADY_DONE
    (fee,) = of(FeeFact, hand.api, *answer.found)
    assert (fee.fee_minor, fee.tax_minor) == (283, 43)
    assert hand.api.ask(request, OTHER_KEY, utc_now()) == answer


def test_captures_share_no_parameters(hand):
    """The SDK's default arguments are one dictionary for all calls."""
    for n, amount_minor in enumerate((10_000, 20_000)):
        request = intent(
            checkout=f"c-{n}", amount_minor=amount_minor, purpose=replace(PURPOSE), capture=False
        )
        payment = hand.pay(hand.api.perform(request, f"{KEY}-{n}").payment)
        captured = Capture(payment=payment, amount_minor=amount_minor, currency="INR")
        assert hand.api.perform(captured, f"{OTHER_KEY}-{n}").status is PaymentStatus.SUCCEEDED


def test_a_capture_whose_answer_was_lost_is_found_and_one_that_never_came_is_not_sure_yet(hand):
    payment = hand.pay(hand.api.perform(intent(capture=False), KEY).payment)
    request = Capture(payment=payment, amount_minor=AMOUNT_MINOR, currency="INR")
    hand.lose_request(Operation.CAPTURE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, OTHER_KEY)
    with pytest.raises(GatewayAway):
        hand.api.ask(request, OTHER_KEY, utc_now())

    hand.lose_answer(Operation.CAPTURE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, OTHER_KEY)

    assert hand.api.ask(request, OTHER_KEY, utc_now()).status is PaymentStatus.SUCCEEDED


def test_confirming_is_the_payers_device_to_do(hand):
    request = ConfirmIntent(payment="order_1", payment_method="token_1", return_url="https://school.example")

    with pytest.raises(GatewayRefused, match="open the order in Checkout") as refused:
        hand.api.perform(request, KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
    assert hand.api.ask(request, KEY, utc_now()) is None


def test_a_note_that_would_be_cut_is_refused_before_anything_is_sent(hand):
    components = tuple((f"component-{n}", 100) for n in range(20))

    with pytest.raises(GatewayRefused, match="components must fit 256"):
        hand.api.perform(intent(purpose=replace(PURPOSE, components=components)), KEY)

    assert hand.all("order") == []


@pytest.mark.parametrize("payment", ["", "../orders", "pay_1/refund", "pay 1", "x" * 65, "pay_é"])
def test_an_id_that_would_change_the_path_is_never_sent(api, server, payment):
    with pytest.raises(GatewayRefused, match="payment must be an id"):
        api.perform(Capture(payment=payment, amount_minor=1, currency="INR"), KEY)

    assert server.asked == []
