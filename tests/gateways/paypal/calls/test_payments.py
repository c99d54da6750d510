"""What is sent to make money move, and what each answer becomes."""

import json

import pytest

from bursar.gateways import strictjson
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import Capture, ConfirmIntent, Purpose
from bursar.gateways.paypal.approvals import find_capture
from bursar.gateways.paypal.calls.texts import TEXT_LENGTH_MAX
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import KEY, OTHER_KEY, customer, of
from tests.gateways.paypal.calls.making import RETURN_URL, captured, charge, charge_of_nobody, intent
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import Says, error, says


def test_an_intent_is_an_order_that_the_hosts_page_opens(hand: PayPalHand):
    begun = hand.api.perform(intent(), KEY)
    hand.control("approve", checkout=begun.payment)

    answer = captured(hand, begun.payment, OTHER_KEY)

    assert (begun.status, begun.client_secret) == (PaymentStatus.CREATED, None)
    assert answer.status is PaymentStatus.SUCCEEDED


def test_money_that_is_only_held_is_taken_later_by_the_order_or_by_its_authorisation(hand: PayPalHand):
    for by, key in (("order", KEY), ("authorization", OTHER_KEY)):
        begun = hand.api.perform(intent(checkout=by, capture=False), f"{key}-{by}")
        hand.control("approve", checkout=begun.payment)
        approved = hand.api.fetch("order", begun.payment)
        assert find_capture(approved.type, strictjson.loads(approved.document)) is None
        held = begun.payment
        if by == "authorization":
            token = hand.control("save_token")["id"]
            confirm = ConfirmIntent(payment=begun.payment, payment_method=token, return_url=RETURN_URL)
            assert hand.api.perform(confirm, f"{key}-hold").status is PaymentStatus.AUTHORIZED
            held = hand.all("authorization")[-1]["id"]

        assert captured(hand, held, key).status is PaymentStatus.SUCCEEDED

    assert len(hand.all("authorization")) == len(hand.all("capture")) == 2


def test_an_intent_is_confirmed_with_a_saved_way_to_pay(hand: PayPalHand):
    begun = hand.api.perform(intent(), KEY)
    token = hand.control("save_token", source="card")["id"]

    answer = hand.api.perform(
        ConfirmIntent(payment=begun.payment, payment_method=token, return_url=RETURN_URL), OTHER_KEY
    )

    assert answer.status is PaymentStatus.SUCCEEDED
    assert of(PaymentFact, hand.api, *answer.found)[0].payment == answer.payment


@pytest.mark.parametrize("source", ["paypal", "card", "venmo"])
def test_a_saved_way_to_pay_is_charged_while_its_payer_is_away(hand: PayPalHand, source):
    request = charge(hand, source)

    answer, again = (hand.api.perform(request, KEY) for _ in range(2))

    (fact,) = of(PaymentFact, hand.api, *answer.found)
    (row,) = hand.rows()
    assert answer.payment == again.payment == fact.payment == row.id
    assert (answer.status, fact.claims.customer) == (PaymentStatus.SUCCEEDED, "learner-7")
    assert row.metadata["own"] == "0197f0c0-charge"


def test_a_charge_that_is_declined_says_so_and_takes_nothing(hand: PayPalHand):
    request = charge(hand)
    hand.fail("orders.create", FaultKind.DECLINE)

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(request, KEY)

    assert refused.value.failure.code is FailureCode.DECLINED
    assert hand.gateways.book.captured() == {}


def test_a_saved_way_to_pay_that_its_bank_refuses_is_declined(hand: PayPalHand):
    request = charge(hand)
    hand.control("refuse_token", token=request.payment_method)

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(request, KEY)

    assert refused.value.failure.decline_code == "INSTRUMENT_DECLINED"


def test_a_capture_that_was_made_and_declined_says_which(api, server):
    amount = {"currency_code": "USD", "value": "5.00"}
    declined = {"id": "C1", "status": "DECLINED", "amount": amount}
    server.answer(error(404, "INVALID_RESOURCE_ID"), Says(201, json.dumps(declined).encode()))

    with pytest.raises(GatewayRefused) as refused:
        api.perform(Capture(payment="A1", amount_minor=500, currency="USD"), KEY)

    assert (refused.value.failure.code, refused.value.failure.object_id) == (FailureCode.DECLINED, "C1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"customer": "somebody-else"}, "not this customer's"), ({"payment_method": "vnone"}, "not exist")],
)
def test_nobody_is_charged_for_another(hand: PayPalHand, changes, words):
    with pytest.raises(GatewayRefused, match=words):
        hand.api.perform(charge(hand, **changes), KEY)

    assert hand.rows() == []


@pytest.mark.parametrize(
    ("request_", "initiator"),
    [
        (charge_of_nobody(), "MERCHANT"),
        (ConfirmIntent(payment="O1", payment_method="v1", return_url=RETURN_URL), "CUSTOMER"),
    ],
)
def test_a_bank_is_told_whether_the_payer_is_there(api, server, request_, initiator):
    order = [says(id="O1", intent="CAPTURE")] if initiator == "CUSTOMER" else []
    server.answer(*order, says(id="v1", customer={"id": "cus-1"}, payment_source={"card": {}}), says(id="O1"))

    api.perform(request_, KEY)

    card = server.asked[-1].told["payment_source"]["card"]
    assert card["stored_credential"]["payment_initiator"] == initiator
    assert ("experience_context" in card) is (initiator == "CUSTOMER")


def test_a_bank_that_wants_the_payer_sends_him_to_a_page(api, server):
    page = {"rel": "payer-action", "href": "https://paypal.example/O1"}
    waits = Says(body=json.dumps({"id": "O1", "status": "PAYER_ACTION_REQUIRED", "links": [page]}).encode())
    token = says(id="v1", customer={"id": "cus-1"}, payment_source={"card": {}})
    server.answer(says(id="O1", intent="CAPTURE"), token, waits)

    answer = api.perform(ConfirmIntent(payment="O1", payment_method="v1", return_url=RETURN_URL), KEY)

    assert (answer.status, answer.action_url) == (PaymentStatus.REQUIRES_ACTION, "https://paypal.example/O1")


def test_what_cannot_be_charged_later_is_refused(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="payment_method must be one of paypal, card"):
        hand.api.perform(charge(hand, "bank"), KEY)


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        (Purpose(customer="a;b"), "customer must not hold ;"),
        (Purpose(customer="s" * TEXT_LENGTH_MAX), "shorten the customer's reference"),
        (Purpose(components=tuple((f"part-{n}", n + 1) for n in range(40))), "fewer components"),
    ],
)
def test_whom_money_is_for_is_said_whole_or_the_order_is_not_made(hand: PayPalHand, purpose, words):
    with pytest.raises(GatewayRefused, match=words):
        hand.api.perform(intent(purpose=purpose), KEY)

    assert hand.all("order") == []


def test_an_order_for_nobody_says_nothing(hand: PayPalHand):
    hand.api.perform(intent(purpose=Purpose(), description="d" * 255), KEY)

    (order,) = hand.all("order")
    assert "custom_id" not in order["purchase_units"][0]
    assert len(order["purchase_units"][0]["description"]) == TEXT_LENGTH_MAX


def test_an_id_of_ours_that_does_not_fit_is_refused(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="our id must fit 120 characters"):
        hand.api.perform(intent(checkout="c" * 121), KEY)


def test_paypal_keeps_no_customers(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="open a checkout without one") as refused:
        hand.api.perform(customer(), KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
