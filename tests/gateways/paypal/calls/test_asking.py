"""Calls whose answers were lost: the same request while the id is kept, a look at the objects later."""

import json
from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import Capture, ConfirmIntent
from bursar.gateways.paypal.calls.asking import ENDS_WITHIN, KEY_KEPT
from bursar.rules.calling import Operation
from bursar.rules.facts import PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import AMOUNT_MINOR, FIRST_MINOR, KEY, OTHER_KEY, checkout, of, paid, refund
from tests.gateways.paypal.calls.making import RETURN_URL, charge, charge_of_nobody, intent, subscribed
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import Says, error, says

JUST_NOW = timedelta(minutes=1)
FORGOTTEN = KEY_KEPT + ENDS_WITHIN + timedelta(hours=4)
"""Since when PayPal no longer knows an id, and its report is complete."""


def approved(hand: PayPalHand) -> Capture:
    order = hand.api.perform(checkout("USD"), "asking-order-0001").checkout
    hand.control("approve", checkout=order)
    return Capture(payment=order, amount_minor=AMOUNT_MINOR, currency="USD")


def lost(hand: PayPalHand, operation: str, request, kind: FaultKind = FaultKind.TIMEOUT_AFTER) -> None:
    hand.fail(operation, kind)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_AFTER, FaultKind.SERVER_ERROR_AFTER])
@pytest.mark.parametrize("since", [JUST_NOW, FORGOTTEN], ids=["kept", "forgotten"])
def test_a_capture_is_found_by_its_order(hand: PayPalHand, kind, since):
    request = approved(hand)
    lost(hand, "orders.capture", request, kind)

    found = hand.api.ask(request, KEY, utc_now() - since)

    assert found.status is PaymentStatus.SUCCEEDED
    assert of(PaymentFact, hand.api, *found.found)[0].payment == found.payment
    assert len(hand.all("capture")) == 1


def test_a_capture_that_never_arrived_is_absent_once_nothing_can_arrive(hand: PayPalHand):
    request = approved(hand)
    lost(hand, "orders.capture", request, FaultKind.TIMEOUT_BEFORE)

    with pytest.raises(GatewayAway):
        hand.api.ask(request, KEY, utc_now() - KEY_KEPT - JUST_NOW)
    assert hand.api.ask(request, KEY, utc_now() - FORGOTTEN) is None
    assert hand.all("capture") == []


@pytest.mark.parametrize("since", [JUST_NOW, FORGOTTEN], ids=["kept", "forgotten"])
def test_the_capture_of_an_authorisation_is_found_by_its_order(hand: PayPalHand, since):
    order = hand.api.perform(intent(capture=False), "asking-order-0001").payment
    token = hand.control("save_token")["id"]
    confirm = ConfirmIntent(payment=order, payment_method=token, return_url=RETURN_URL)
    hand.api.perform(confirm, OTHER_KEY)
    (held,) = hand.all("authorization")
    request = Capture(payment=held["id"], amount_minor=AMOUNT_MINOR, currency="USD")
    assert hand.api.ask(request, KEY, utc_now() - FORGOTTEN) is None
    lost(hand, "authorizations.capture", request)

    found = hand.api.ask(request, KEY, utc_now() - since)

    assert found.payment == hand.all("capture")[0]["id"]
    assert len(hand.all("capture")) == 1


@pytest.mark.parametrize("holds", [False, True], ids=["captured", "held"])
def test_a_confirmation_is_found_by_its_order(hand: PayPalHand, holds):
    order = hand.api.perform(intent(capture=not holds), "asking-order-0001").payment
    token = hand.control("save_token")["id"]
    request = ConfirmIntent(payment=order, payment_method=token, return_url=RETURN_URL)
    assert hand.api.ask(request, KEY, utc_now() - FORGOTTEN) is None
    lost(hand, "orders.authorize" if holds else "orders.capture", request)

    found = hand.api.ask(request, KEY, utc_now() - FORGOTTEN)

    assert found.status is (PaymentStatus.AUTHORIZED if holds else PaymentStatus.SUCCEEDED)


def test_a_charge_is_asked_for_by_its_key_while_that_is_kept(hand: PayPalHand):
    request = charge(hand)
    lost(hand, "orders.create", request)

    found = hand.api.ask(request, KEY, utc_now())

    assert found.status is PaymentStatus.SUCCEEDED
    assert len(hand.all("capture")) == 1


def test_a_charge_is_found_in_the_report_later(hand: PayPalHand):
    request, sent_at = charge(hand), utc_now()
    lost(hand, "orders.create", request)
    hand.advance(FORGOTTEN.total_seconds())

    found = hand.api.ask(request, KEY, sent_at - KEY_KEPT - JUST_NOW)

    assert found.payment == hand.all("capture")[0]["id"]
    assert of(PaymentFact, hand.api, *found.found)[0].amount_minor == AMOUNT_MINOR


def test_absence_from_a_report_that_is_not_complete_proves_nothing(hand: PayPalHand):
    request, sent_at = charge(hand), utc_now() - KEY_KEPT - ENDS_WITHIN - JUST_NOW

    with pytest.raises(GatewayAway, match="too early"):
        hand.api.ask(request, KEY, sent_at)
    hand.advance(3 * 3_600)

    assert hand.api.ask(request, KEY, sent_at) is None
    assert hand.all("capture") == []


def test_a_saved_way_to_pay_that_is_gone_proves_nothing_of_the_charge_before(api, server):
    server.answer(error(404, "INVALID_RESOURCE_ID"), says(transaction_details=[]))

    with pytest.raises(GatewayAway, match="too early"):
        api.ask(charge_of_nobody(), KEY, utc_now())


def test_a_charge_that_the_report_names_and_nobody_shows_is_not_refused(api, server):
    named = {"transaction_id": "C1", "invoice_id": "bursar:c-1"}
    listed = says(transaction_details=[{"transaction_info": named}])
    server.answer(listed, error(404, "INVALID_RESOURCE_ID"))

    with pytest.raises(GatewayAway, match="too early"):
        api.ask(charge_of_nobody(), KEY, utc_now() - FORGOTTEN)


def test_a_transaction_of_ours_without_an_id_is_no_absence(api, server):
    listed = says(transaction_details=[{"transaction_info": {"invoice_id": "bursar:c-1"}}])
    server.answer(listed)

    with pytest.raises(GatewayAway, match="transaction_id"):
        api.ask(charge_of_nobody(), KEY, utc_now() - FORGOTTEN)


def test_a_charge_that_was_reported_and_then_denied_is_declined(api, server):
    named = {"transaction_id": "C1", "invoice_id": "bursar:c-1"}
    amount = {"currency_code": "USD", "value": "5.00"}
    denied = {"id": "C1", "status": "DECLINED", "amount": amount, "status_details": {"reason": "RISK"}}
    server.answer(
        says(transaction_details=[{"transaction_info": named}]), Says(body=json.dumps(denied).encode())
    )

    with pytest.raises(GatewayRefused) as refused:
        api.ask(charge_of_nobody(), KEY, utc_now() - FORGOTTEN)

    failure = refused.value.failure
    assert (failure.code, failure.decline_code, failure.object_id) == (FailureCode.DECLINED, "RISK", "C1")


def test_a_refund_whose_order_is_gone_is_looked_for_in_the_report(api, server):
    capture = says(id="C1", supplementary_data={"related_ids": {"order_id": "O1"}})
    complete = says(transaction_details=[], last_refreshed_datetime="2099-01-01T00:00:00Z")
    server.answer(capture, error(404, "INVALID_RESOURCE_ID"), complete)

    assert api.ask(refund("C1", FIRST_MINOR, "USD"), KEY, utc_now() - FORGOTTEN) is None


def test_without_the_permission_for_reports_a_charge_stays_unknown(api, server):
    server.answer(error(403, "NOT_AUTHORIZED"))
    request = charge_of_nobody()

    with pytest.raises(Misconfigured, match="Transaction Search"):
        api.ask(request, KEY, utc_now() - FORGOTTEN)


@pytest.mark.parametrize("since", [JUST_NOW, FORGOTTEN], ids=["kept", "forgotten"])
def test_a_refund_is_found_among_those_of_its_order(hand: PayPalHand, since):
    payment = paid(hand)
    hand.api.perform(refund(payment, FIRST_MINOR, "USD", "another"), OTHER_KEY)
    request = refund(payment, FIRST_MINOR, "USD")
    lost(hand, "captures.refund", request)

    found = hand.api.ask(request, KEY, utc_now() - since)

    (fact,) = of(RefundFact, hand.api, *found.found)
    assert (fact.refund, fact.payment, fact.amount_minor) == (found.refund, payment, FIRST_MINOR)
    assert hand.effects(Operation.REFUND) == 2


def test_a_refund_that_was_not_made_is_absent(hand: PayPalHand):
    payment = paid(hand)

    assert hand.api.ask(refund(payment, FIRST_MINOR, "USD"), KEY, utc_now() - FORGOTTEN) is None
    assert hand.effects(Operation.REFUND) == 0


@pytest.mark.parametrize("since", [JUST_NOW, FORGOTTEN], ids=["kept", "forgotten"])
def test_the_refund_of_a_sale_is_found_in_the_report(hand: PayPalHand, since):
    subscription, _plan = subscribed(hand)
    (sale,) = hand.all("sale")
    assert subscription == sale["billing_agreement_id"]
    request, sent_at = refund(sale["id"], 1_000, "USD"), utc_now()
    lost(hand, "sales.refund", request)
    if since is FORGOTTEN:
        hand.advance(FORGOTTEN.total_seconds())
        sent_at -= KEY_KEPT + JUST_NOW

    found = hand.api.ask(request, KEY, sent_at)

    assert of(RefundFact, hand.api, *found.found)[0].payment == sale["id"]
    assert len(hand.all("sale_refund")) == 1


def test_what_was_done_under_a_key_that_is_forgotten_is_looked_for(api, server):
    order = says(id="O1", intent="CAPTURE", purchase_units=[unit()])
    completed = {"id": "O1", "status": "COMPLETED", "purchase_units": [unit(paid=True)]}
    done = Says(body=json.dumps(completed).encode())
    server.answer(order, error(422, "ORDER_ALREADY_CAPTURED"), done)

    found = api.ask(Capture(payment="O1", amount_minor=500, currency="USD"), KEY, utc_now())

    assert found.payment == "C1"


def test_an_order_that_cannot_be_read_is_no_proof_that_nothing_was_captured(api, server):
    server.answer(says(id="O1", purchase_units=[unit(paid=True)]))

    found = api.ask(Capture(payment="O1", amount_minor=500, currency="USD"), KEY, utc_now() - FORGOTTEN)

    assert (found.payment, found.status) == ("O1", PaymentStatus.PROCESSING)


def test_what_cannot_be_done_is_no_lost_answer(api, server):
    order = says(id="O1", intent="CAPTURE", purchase_units=[unit()])
    server.answer(order, error(422, "ORDER_ALREADY_CAPTURED"), order)

    with pytest.raises(GatewayRefused) as refused:
        api.ask(Capture(payment="O1", amount_minor=500, currency="USD"), KEY, utc_now())

    assert refused.value.failure.code is FailureCode.ALREADY_DONE


def unit(*, paid: bool = False) -> dict:
    amount = {"currency_code": "USD", "value": "5.00"}
    capture = {"id": "C1", "status": "COMPLETED", "amount": amount}
    return {"amount": amount, **({"payments": {"captures": [capture]}} if paid else {})}
