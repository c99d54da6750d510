"""Which types become facts, and what holds for all of them."""

import dataclasses
from datetime import datetime

import pytest

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.gateways.razorpay.facts import HANDLED_TYPES, read
from bursar.rules.facts import (
    CheckoutFact,
    ConversionFact,
    DisputeFact,
    DisputeFundsFact,
    DowntimeFact,
    FeeFact,
    GatewayInvoiceFact,
    PaymentFact,
    PaymentMethodFact,
    RefundFact,
    SettlementFact,
    SubscriptionFact,
)
from tests.gateways.razorpay.reading import document_of, facts_of, read_event

_MUST_HANDLE = {
    "payment": ("authorized", "captured", "failed"),
    "order": ("paid",),
    "refund": ("created", "processed", "failed", "speed_changed"),
    "payment.dispute": ("created", "won", "lost", "closed", "under_review", "action_required"),
    "subscription": (
        *("authenticated", "activated", "charged", "completed", "updated"),
        *("pending", "halted", "cancelled", "paused", "resumed"),
    ),
    "invoice": ("paid", "partially_paid", "expired"),
    "payment_link": ("paid", "partially_paid", "cancelled", "expired"),
    "settlement": ("processed",),
    "payment.downtime": ("started", "updated", "resolved"),
}
MUST_HANDLE = {f"{noun}.{word}" for noun, words in _MUST_HANDLE.items() for word in words}
BESIDES = {f"token.{word}" for word in ("confirmed", "resumed", "paused", "cancelled", "rejected")}
CARRIES_MONEY = [
    "payment.captured",
    "order.paid",
    "payment_link.paid",
    "payment_link.partially_paid",
    "invoice.paid",
    "invoice.partially_paid",
    "subscription.charged",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "refund.speed_changed",
    "payment.dispute.created",
    "payment.dispute.lost",
]


def test_every_type_that_must_be_handled_is_handled():
    assert MUST_HANDLE <= HANDLED_TYPES
    assert HANDLED_TYPES - MUST_HANDLE == BESIDES


@pytest.mark.parametrize(
    "event_type",
    ["payment.created", "virtual_account.credited", "payment.dispute", "token.activated", "", "ORDER.PAID"],
)
def test_any_other_type_is_ignored_whatever_it_carries(event_type):
    assert read(event_type, {}) == Ignored(reason="unhandled type")


def test_the_samples_tell_every_kind_of_fact_there_is():
    told = {type(fact) for event_type in HANDLED_TYPES for fact in read_event(event_type, currency="USD")}

    assert told == {
        PaymentFact,
        CheckoutFact,
        RefundFact,
        DisputeFact,
        DisputeFundsFact,
        FeeFact,
        ConversionFact,
        SettlementFact,
        SubscriptionFact,
        GatewayInvoiceFact,
        PaymentMethodFact,
        DowntimeFact,
    }


@pytest.mark.parametrize("event_type", CARRIES_MONEY)
def test_whatever_announces_a_payment_tells_the_same_money_under_the_same_id(event_type):
    (payment,) = facts_of(PaymentFact, read_event(event_type, amount_minor=4_200))
    (captured,) = facts_of(PaymentFact, read_event("payment.captured", amount_minor=4_200))

    assert dataclasses.replace(payment, occurred_at=None, claims=captured.claims) == dataclasses.replace(
        captured, occurred_at=None
    )


@pytest.mark.parametrize("event_type", CARRIES_MONEY)
def test_whatever_announces_a_payment_tells_the_same_fee(event_type):
    (fee,) = facts_of(FeeFact, read_event(event_type))

    assert [fee] == facts_of(FeeFact, read_event("payment.captured"))


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
@pytest.mark.parametrize("payload", [None, [], {}, {"payment": []}, {"payment": {"entity": []}}])
def test_a_handled_event_without_its_entity_is_unreadable_and_names_it(event_type, payload):
    with pytest.raises(Unreadable, match=r"^payload\.[a-z_.]+\.entity must be an object$"):
        read(event_type, {"payload": payload})


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
def test_entities_without_the_wrapper_are_unreadable(event_type):
    document = document_of(event_type)
    document["payload"] = {kind: thing["entity"] for kind, thing in document["payload"].items()}

    with pytest.raises(Unreadable, match="must be an object"):
        read(event_type, document)


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
def test_what_an_event_contains_is_seen_and_not_believed(event_type):
    told = read_event(event_type)

    assert read(event_type, document_of(event_type) | {"contains": ["elephant"]}) == told


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
@pytest.mark.parametrize("notes", [None, [], ["INV-7"], "INV-7", {}])
def test_notes_of_any_shape_are_survived(event_type, notes):
    document = document_of(event_type)
    for thing in document["payload"].values():
        thing["entity"]["notes"] = notes

    assert isinstance(read(event_type, document), tuple)


@pytest.mark.parametrize("event_type", sorted(HANDLED_TYPES))
def test_registers_and_movements_are_stamped_by_the_envelope_or_not_at_all(event_type):
    reading = read(event_type, document_of(event_type) | {"created_at": None})
    of_money = (PaymentFact, RefundFact, CheckoutFact)

    assert not [fact for fact in reading if not isinstance(fact, of_money) and fact.occurred_at]


def test_a_time_one_level_too_deep_is_the_envelopes():
    document = document_of("refund.speed_changed")
    document["payload"]["created_at"] = document.pop("created_at")
    (refund,) = facts_of(RefundFact, read("refund.speed_changed", document))

    assert refund.occurred_at == datetime.fromisoformat("2026-11-18T11:06:40+00:00")
