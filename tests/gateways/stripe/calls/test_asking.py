"""What became of a call whose answer was lost: found without a second effect, or proved absent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import (
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.api.requests import Charge, CreateIntent, Purpose
from bursar.gateways.stripe.api import _CALLS, StripeApi
from bursar.gateways.stripe.calls import lookup
from bursar.gateways.stripe.calls.asking import ask
from bursar.rules.calling import Operation
from bursar.rules.states import PaymentStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import KEY, checkout, customer, paid, refund
from tests.gateways.stripe.calls.played import StripeHand
from tests.gateways.stripe.calls.scripted import CUT, Script, error, told

AFTER_THE_KEY = lookup.KEY_KEPT + lookup.ENDS_WITHIN + timedelta(seconds=1)


def charge(customer_id: str, method: str = "pm_card_visa") -> Charge:
    return Charge(
        charge="0197f0c0-charge",
        purpose=Purpose(invoice="0197f0c0-invoice"),
        amount_minor=4_200,
        currency="EUR",
        description="Second instalment",
        customer=customer_id,
        payment_method=method,
    )


def payer(hand: StripeHand) -> str:
    return hand.api.perform(customer(), "asking-payer-0001").customer


def test_a_charge_whose_answer_was_lost_is_taken_once(hand: StripeHand):
    request, sent_at = charge(payer(hand)), utc_now()
    hand.lose_answer(Operation.CHARGE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    result = hand.api.ask(request, KEY, sent_at)

    assert result is not None
    assert result.status is PaymentStatus.SUCCEEDED
    assert list(hand.gateways.book.captured().values()) == [4_200]


def test_a_500_kept_under_the_key_is_no_answer_where_the_money_was_taken(hand: StripeHand):
    request, sent_at = charge(payer(hand)), utc_now()
    hand.fail("payment_intents.create", FaultKind.SERVER_ERROR_AFTER)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    result = hand.api.ask(request, KEY, sent_at)

    assert result is not None
    assert result.status is PaymentStatus.SUCCEEDED
    assert list(hand.gateways.book.captured().values()) == [4_200]


def test_a_500_kept_under_the_key_with_nothing_made_is_proof_of_absence(hand: StripeHand):
    request, sent_at = charge(payer(hand)), utc_now()
    hand.fail("payment_intents.create", FaultKind.SERVER_ERROR)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)

    assert hand.api.ask(request, KEY, sent_at) is None
    assert hand.gateways.book.captured() == {}


def test_after_a_day_the_charge_is_looked_for_and_not_sent_again(hand: StripeHand):
    request, sent_at = charge(payer(hand)), utc_now()
    hand.lose_answer(Operation.CHARGE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)
    hand.gateways.clock.advance(AFTER_THE_KEY.total_seconds() + 3_600)  # the fake has forgotten the key
    client = hand.api._connection.client

    result = ask(client, _CALLS[Charge], request, KEY, sent_at, utc_now() + AFTER_THE_KEY)

    assert result is not None
    assert result.status is PaymentStatus.SUCCEEDED
    assert list(hand.gateways.book.captured().values()) == [4_200]


@pytest.mark.parametrize(
    ("age", "method"),
    [
        (timedelta(hours=22, minutes=59), "POST"),
        (timedelta(hours=23, minutes=1), "GET"),
        (timedelta(hours=23, minutes=59), "GET"),
        (timedelta(hours=25), "GET"),
    ],
)
def test_a_key_is_used_again_only_while_stripe_surely_keeps_it(api, script, age, method):
    script.say(CUT)

    with pytest.raises(GatewayAway):
        api.ask(refund("pi_1", 500, "USD"), KEY, utc_now() - age)

    assert [asked.method for asked in script.asked] == [method]


def test_a_decline_whose_answer_was_lost_is_found_as_a_decline(hand: StripeHand):
    who = payer(hand)
    request, sent_at = charge(who, "pm_card_chargeDeclinedInsufficientFunds"), utc_now()
    hand.lose_answer(Operation.CHARGE)
    with pytest.raises(OutcomeUnknown):
        hand.api.perform(request, KEY)
    client = hand.api._connection.client

    with pytest.raises(GatewayRefused) as repeated:
        hand.api.ask(request, KEY, sent_at)
    with pytest.raises(GatewayRefused) as looked_up:
        ask(client, _CALLS[Charge], request, KEY, sent_at, utc_now() + AFTER_THE_KEY)

    assert repeated.value.failure.decline_code == "insufficient_funds"
    assert looked_up.value.failure.decline_code == "insufficient_funds"
    assert looked_up.value.failure.object_id == repeated.value.failure.object_id


def test_what_is_not_found_right_after_the_last_repetition_may_still_come(hand: StripeHand):
    request, sent_at = charge(payer(hand)), utc_now()
    client = hand.api._connection.client

    with pytest.raises(GatewayAway):
        ask(client, _CALLS[Charge], request, KEY, sent_at, sent_at + lookup.KEY_KEPT + timedelta(minutes=1))


def test_an_old_answer_brings_the_object_as_it_is_now(hand: StripeHand):
    request, sent_at = checkout("USD"), utc_now()
    opened = hand.api.perform(request, KEY)
    hand.pay(opened.checkout)

    result = hand.api.ask(request, KEY, sent_at)

    assert result is not None
    assert [found.type for found in result.found] == ["checkout.session.completed"]


def test_a_page_whose_time_was_clamped_is_found_though_the_same_request_is_another(
    api: StripeApi, script: Script
):
    """Stripe wants half an hour: the time that is sent depends on when it is sent."""
    session = {"id": "cs_1", "object": "checkout.session", "status": "open", "url": "https://pay.example"}
    listed = {"object": "list", "url": "/v1/checkout/sessions", "has_more": False}
    ours = session | {"metadata": {"bursar_call": KEY}}
    script.say(error(400, type="idempotency_error"), told(listed | {"data": [ours]}))
    hurried = replace(checkout("USD"), expires_at=utc_now())

    result = api.ask(hurried, KEY, utc_now())

    assert result is not None
    assert result.checkout == "cs_1"
    assert [asked.method for asked in script.asked] == ["POST", "GET"]


def test_a_refund_of_the_same_payment_made_by_another_call_is_not_taken_for_ours(hand: StripeHand):
    payment = paid(hand)
    hand.api.perform(refund(payment, 1_000, "USD"), "asking-other-0001")

    assert hand.api.ask(refund(payment, 1_000, "USD"), KEY, utc_now() - timedelta(days=3)) is None


def test_while_the_first_call_is_still_being_worked_on_nothing_is_known(api: StripeApi, script: Script):
    script.say(error(409, type="idempotency_error", code="idempotency_key_in_use"))

    with pytest.raises(GatewayAway) as away:
        api.ask(refund("pi_1", 500, "USD"), KEY, utc_now())

    assert away.value.failure.code is FailureCode.BUSY


def test_a_question_without_an_answer_is_asked_later(api: StripeApi, script: Script):
    script.say(CUT)

    with pytest.raises(GatewayAway):
        api.ask(refund("pi_1", 500, "USD"), KEY, utc_now())

    assert len(script.asked) == 1


def test_other_parameters_under_our_key_are_for_a_person(api: StripeApi, script: Script):
    script.say(error(400, type="idempotency_error"))

    with pytest.raises(KeyReused):
        api.ask(refund("pi_1", 500, "USD"), KEY, utc_now())


def test_a_write_whose_kept_answer_cannot_be_brought_up_to_date_stays_unknown(api: StripeApi, script: Script):
    kept = {"id": "re_1", "object": "refund", "status": "pending"}
    script.say(told(kept, Idempotent_Replayed="true"), error(500, type="api_error"))

    with pytest.raises(OutcomeUnknown):
        api.perform(refund("pi_1", 500, "USD"), KEY)


def test_it_is_looked_for_page_by_page_in_the_time_it_can_have_been_made(api: StripeApi, script: Script):
    others = {"id": "cus_other", "object": "customer", "metadata": {}}
    ours = {"id": "cus_ours", "object": "customer", "metadata": {"bursar_call": KEY}}
    shell = {"object": "list", "url": "/v1/customers"}
    script.say(
        told(shell | {"data": [others], "has_more": True}), told(shell | {"data": [ours], "has_more": False})
    )
    sent_at = utc_now() - timedelta(days=3)

    result = api.ask(customer(), KEY, sent_at)

    first, second = script.asked
    since_s, until_s = (int(first.params[f"created[{end}]"][0]) for end in ("gte", "lte"))
    assert result is not None
    assert result.customer == "cus_ours"
    assert since_s < sent_at.timestamp() < sent_at.timestamp() + lookup.KEY_KEPT.total_seconds() < until_s
    assert second.params["starting_after"] == ["cus_other"]
    assert {asked.method for asked in script.asked} == {"GET"}


def test_what_cannot_be_looked_through_to_its_end_is_not_called_absent(
    api: StripeApi, script: Script, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bursar.gateways.stripe.calls.answers.LISTED_MAX", 200)
    full = {
        "object": "list",
        "url": "/v1/customers",
        "data": [{"id": "cus_1", "object": "customer"}],
        "has_more": True,
    }
    script.say(*[told(full)] * 3)

    with pytest.raises(GatewayAway):
        api.ask(customer(), KEY, utc_now() - timedelta(days=3))

    assert len(script.asked) == 2


@pytest.mark.parametrize(
    ("payment", "field"), [("ch_1", "charge"), ("py_1", "charge"), ("pi_1", "payment_intent")]
)
def test_a_refund_is_looked_for_among_those_of_its_payment(api, script, payment, field):
    script.say(told({"object": "list", "url": "/v1/refunds", "has_more": False, "data": []}))

    assert api.ask(refund(payment, 500, "USD"), KEY, utc_now() - timedelta(days=3)) is None
    assert script.asked[0].params[field] == [payment]


@pytest.mark.parametrize(
    "request_",
    [
        replace(checkout("USD"), customer="cus_1"),
        CreateIntent(
            checkout="0197f0c0-checkout", purpose=Purpose(), amount_minor=500, currency="USD",
            description="Spring term", customer="cus_1",
        ),
        charge("cus_1"),
    ],
    ids=["checkout", "intent", "charge"],
)  # fmt: skip
def test_what_is_made_for_a_customer_is_looked_for_there(api: StripeApi, script: Script, request_):
    script.say(told({"object": "list", "url": "/v1/things", "has_more": False, "data": []}))

    assert api.ask(request_, KEY, utc_now() - timedelta(days=3)) is None
    assert script.asked[0].params["customer"] == ["cus_1"]
