"""Which events are read at all, and what holds for all of them."""

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, NeedsFetch
from bursar.gateways.stripe.facts import HANDLED_TYPES, read
from bursar.rules.facts import FactKind, PaymentFact
from bursar.rules.states import PaymentStatus
from bursar.sandbox.samples import SAMPLES, stripe_payment_events
from tests.gateways.stripe.reading import document, only

MUST_HANDLE = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "payment_intent.amount_capturable_updated",
    "payment_intent.partially_funded",
    "charge.succeeded",
    "charge.updated",
    "charge.captured",
    "charge.pending",
    "charge.failed",
    "charge.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "invoice.overpaid",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.updated",
    "invoice_payment.paid",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
    "radar.early_fraud_warning.created",
    "radar.early_fraud_warning.updated",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.updated",
    "payment_method.detached",
]
_NOT_STRIPES = {FactKind.PAYMENT_ATTRIBUTED, FactKind.INVOICE_GIVEN_UP, FactKind.DOWNTIME_CHANGED}
_ODD_STORY = {"settled_currency": "EUR", "settled_minor": 100_000, "fee_minor": 3_500}
"""An account kept in another currency, seen by a fetch: what most accounts never tell."""


@pytest.mark.parametrize("event_type", MUST_HANDLE)
def test_what_must_be_handled_is_handled(event_type):
    assert event_type in HANDLED_TYPES


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
def test_every_sample_is_read_to_facts(event_type):
    event = strictjson.loads(SAMPLES[f"stripe:{event_type}"]())

    assert isinstance(read(event_type, event), tuple)


def test_the_samples_tell_every_kind_of_fact_that_stripe_can_tell():
    told = {
        fact.kind
        for event_type in HANDLED_TYPES
        for fact in read(event_type, strictjson.loads(SAMPLES[f"stripe:{event_type}"](**_ODD_STORY)))
    }

    assert told == set(FactKind) - _NOT_STRIPES


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
def test_every_fact_happened_when_its_event_did(event_type):
    facts = read(event_type, strictjson.loads(SAMPLES[f"stripe:{event_type}"](created=1_700_000_000)))

    assert {fact.occurred_at.timestamp() for fact in facts} == {1_700_000_000}


def test_every_announcement_of_one_payment_agrees_about_the_money():
    documents = [strictjson.loads(body) for body in stripe_payment_events(amount_minor=4_200)]
    facts = [fact for document in documents for fact in read(document["type"], document)]
    succeeded = [
        fact for fact in facts if isinstance(fact, PaymentFact) and fact.status is PaymentStatus.SUCCEEDED
    ]

    assert len(succeeded) == 3
    assert {(fact.payment, fact.amount_minor, fact.currency) for fact in succeeded} == {
        ("pi_demo_0001", 4_200, "USD")
    }


@pytest.mark.parametrize("event_type", ["invoice.upcoming", "payment_intent.created", "", "CHARGE.SUCCEEDED"])
def test_any_other_type_is_ignored_whatever_it_carries(event_type):
    assert read(event_type, {}) == Ignored(reason="unhandled type")


@pytest.mark.parametrize("event_type", ["v1.charge.succeeded", "charge.succeeded"])
def test_a_thin_event_waits_until_its_object_is_fetched(event_type):
    thin = {"object": "v2.core.event", "related_object": {"id": "ch_1", "type": "charge"}}

    assert read(event_type, thin) == NeedsFetch(object_id="ch_1", kind="charge")


@pytest.mark.parametrize("related", [None, {}, {"id": None}, {"id": "ch\n1"}, "ch_1", []])
def test_a_thin_event_that_names_no_object_has_nothing_to_fetch(related):
    thin = {"object": "v2.core.event", "related_object": related}

    assert read("v1.charge.succeeded", thin) == Ignored(reason="thin event without an object")


@pytest.mark.parametrize("event_type", ["v1.product.updated", "v2.core.account.updated", "v1."])
def test_a_thin_event_that_we_would_not_read_is_not_fetched(event_type):
    thin = {"object": "v2.core.event", "related_object": {"id": "acct_1"}}

    assert read(event_type, thin) == Ignored(reason="unhandled type")


def test_an_event_without_a_time_has_facts_without_a_time():
    timeless = document("charge.succeeded") | {"created": None}

    assert only(read("charge.succeeded", timeless)).occurred_at is None
