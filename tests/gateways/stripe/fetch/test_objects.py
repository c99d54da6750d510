"""Every kind that can be fetched is read by our own readers, and kept once in the inbox."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bursar.gateways import strictjson
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.stripe.api import StripeApi
from bursar.gateways.stripe.fetch.objects import KINDS
from bursar.gateways.stripe.gateway import Stripe
from bursar.rules.facts import (
    CheckoutFact,
    CustomerFact,
    DisputeFact,
    FeeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    PaymentFact,
    PaymentMethodFact,
    RefundFact,
    SettlementFact,
    SubscriptionFact,
)
from bursar.sandbox import stripe_objects
from bursar.sandbox.samples import stripe_event
from bursar.sandbox.stripe_objects import told as story
from tests.gateways.contract import of, paid
from tests.gateways.stripe.calls.played import StripeHand
from tests.gateways.stripe.calls.scripted import Script, told

DATE = "Sat, 21 Nov 2026 17:00:00 GMT"
READ_AT = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


def sample(event_type: str, **story_: Any) -> dict[str, Any]:
    """The object of a sample event: what a fetch of it would show."""
    thing: dict[str, Any] = strictjson.loads(stripe_event(event_type, **story_))["data"]["object"]
    return thing


SHOWN: list[tuple[str, dict[str, Any], str, type]] = [
    ("payment_intent", sample("payment_intent.succeeded"), "payment_intent.succeeded", PaymentFact),
    ("payment_intent", sample("payment_intent.canceled"), "payment_intent.canceled", PaymentFact),
    ("payment_intent", sample("payment_intent.processing"), "payment_intent.processing", PaymentFact),
    ("payment_intent", sample("payment_intent.payment_failed"), "payment_intent.payment_failed", PaymentFact),
    ("charge", sample("charge.succeeded"), "charge.updated", PaymentFact),
    ("refund", sample("refund.created"), "refund.created", RefundFact),
    ("refund", stripe_objects.refund(story({}), "failed"), "refund.failed", RefundFact),
    ("checkout.session", sample("checkout.session.completed"), "checkout.session.completed", CheckoutFact),
    ("checkout.session", sample("checkout.session.expired"), "checkout.session.expired", CheckoutFact),
    ("subscription", sample("customer.subscription.updated"), "customer.subscription.updated",
     SubscriptionFact),
    ("invoice", sample("invoice.paid"), "invoice.updated", GatewayInvoiceFact),
    ("invoice_payment", sample("invoice_payment.paid"), "invoice_payment.paid", PaymentFact),
    ("customer", sample("customer.updated"), "customer.updated", CustomerFact),
    ("customer", {"id": "cus_1", "object": "customer", "deleted": True}, "customer.deleted", CustomerFact),
    ("payment_method", sample("payment_method.attached"), "payment_method.updated", PaymentMethodFact),
    ("payment_method", sample("payment_method.attached") | {"customer": None}, "payment_method.detached",
     PaymentMethodFact),
    ("dispute", sample("charge.dispute.created"), "charge.dispute.updated", DisputeFact),
    ("payout", sample("payout.paid"), "payout.updated", SettlementFact),
    ("radar.early_fraud_warning", sample("radar.early_fraud_warning.created"),
     "radar.early_fraud_warning.updated", FraudWarningFact),
]  # fmt: skip


def test_every_kind_that_can_be_fetched_is_shown_here():
    assert {kind for kind, *_ in SHOWN} == KINDS


@pytest.mark.parametrize(
    ("kind", "thing", "event_type", "fact"), SHOWN, ids=[f"{kind} {type_}" for kind, _, type_, _ in SHOWN]
)
def test_what_is_fetched_is_read_like_its_webhook(api, script, kind, thing, event_type, fact):
    script.say(told(thing, Date=DATE))

    found = api.fetch(kind, thing["id"])

    document = strictjson.loads(found.document)
    named = Stripe().envelope(document, found.document, {})
    assert (found.type, found.object_id) == (event_type, thing["id"])
    assert of(fact, api, found)
    assert (named.type, named.dedupe_key, named.object_id) == (found.type, found.dedupe_key, found.object_id)
    assert named.occurred_at == found.occurred_at


def test_money_keeps_its_time_and_is_one_row_however_often_it_is_fetched(api: StripeApi, script: Script):
    thing = sample("refund.created")
    script.say(told(thing, Date=DATE), told(thing, Date="Sat, 21 Nov 2026 18:00:00 GMT"))

    first, again = api.fetch("refund", thing["id"]), api.fetch("refund", thing["id"])

    assert first == again
    assert first.occurred_at == datetime.fromtimestamp(thing["created"], UTC)


def test_each_reading_of_a_register_is_a_word_of_its_own(api: StripeApi, script: Script):
    """It may say again what it said before something else: only the latest word counts."""
    thing = sample("customer.subscription.updated")
    script.say(told(thing, Date=DATE), told(thing, Date="Sat, 21 Nov 2026 18:00:00 GMT"))

    first, again = api.fetch("subscription", thing["id"]), api.fetch("subscription", thing["id"])

    assert first.occurred_at == READ_AT
    assert first.dedupe_key != again.dedupe_key


def test_a_paid_intent_brings_its_fee(hand: StripeHand):
    found = hand.api.fetch("payment_intent", paid(hand))

    assert len(of(FeeFact, hand.api, found)) == 1


def test_the_secret_of_a_payment_is_not_kept(hand: StripeHand):
    found = hand.api.fetch("payment_intent", paid(hand))

    assert "client_secret" not in strictjson.loads(found.document)["data"]["object"]


def test_an_intent_nobody_tried_to_pay_says_nothing(api: StripeApi, script: Script):
    thing = sample("payment_intent.canceled") | {"status": "requires_payment_method"}
    script.say(told(thing))

    assert of(PaymentFact, api, api.fetch("payment_intent", thing["id"])) == []


def test_a_kind_we_do_not_read_is_not_asked_for(api: StripeApi, script: Script):
    with pytest.raises(GatewayRefused) as refused:
        api.fetch("issuing.card", "ic_1")

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
    assert script.asked == []


def test_without_an_id_nothing_is_asked_for(api: StripeApi, script: Script):
    with pytest.raises(GatewayRefused):
        api.fetch("refund", "")

    assert script.asked == []
