from datetime import UTC, datetime
from typing import Any

import pytest

from bursar.gateways.protocol import Ignored
from bursar.rules.facts import Claims, GatewayInvoiceFact, PaymentFact
from bursar.rules.states import GatewayInvoiceStatus, PaymentStatus
from tests.gateways.stripe.reading import AT, of, only, reading

TWINS = ["invoice.paid", "invoice.payment_succeeded"]
OLD = {"parent": ..., "subscription": "sub_old", "payment_intent": "pi_old", "charge": "ch_old", "paid": True}
"""What an invoice named by itself until 2025-03-31."""


def _listed(payment: dict[str, Any], **entry: Any) -> dict[str, Any]:
    told = {"id": "inpay_1", "payment": payment, "status": "paid", "is_default": True, "amount_paid": 120_000}
    return {"payments": {"object": "list", "data": [told | entry]}}


def _through(intent: str) -> dict[str, Any]:
    return {"type": "payment_intent", "payment_intent": intent}


def test_an_invoice_that_could_not_be_collected_says_when_it_is_tried_again():
    assert only(reading("invoice.payment_failed")) == GatewayInvoiceFact(
        invoice="in_demo_0001",
        status=GatewayInvoiceStatus.PAYMENT_FAILED,
        occurred_at=AT,
        subscription="sub_demo_0001",
        gateway_customer="cus_demo_0001",
        due_minor=120_000,
        paid_minor=0,
        currency="USD",
        attempts=1,
        next_attempt_at=datetime(2026, 11, 21, 11, 6, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("invoice.created", GatewayInvoiceStatus.DRAFT),
        ("invoice.finalized", GatewayInvoiceStatus.OPEN),
        ("invoice.updated", GatewayInvoiceStatus.OPEN),
        ("invoice.paid", GatewayInvoiceStatus.PAID),
        ("invoice.payment_succeeded", GatewayInvoiceStatus.PAID),
        ("invoice.payment_action_required", GatewayInvoiceStatus.ACTION_REQUIRED),
        ("invoice.overdue", GatewayInvoiceStatus.OVERDUE),
        ("invoice.overpaid", GatewayInvoiceStatus.OVERPAID),
        ("invoice.voided", GatewayInvoiceStatus.VOID),
        ("invoice.marked_uncollectible", GatewayInvoiceStatus.UNCOLLECTIBLE),
    ],
)
def test_an_invoice_stands_where_its_event_says(event_type, status):
    assert only(reading(event_type)).status is status


@pytest.mark.parametrize("event_type", ["invoice.created", "invoice.finalized", "invoice.updated"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "draft"}, GatewayInvoiceStatus.DRAFT),
        ({"status": "open"}, GatewayInvoiceStatus.OPEN),
        ({"status": "open", "amount_paid": 5}, GatewayInvoiceStatus.PARTIALLY_PAID),
        ({"status": "paid"}, GatewayInvoiceStatus.PAID),
        ({"status": "paid", "amount_overpaid": 5}, GatewayInvoiceStatus.OVERPAID),
        ({"status": "void"}, GatewayInvoiceStatus.VOID),
        ({"status": "uncollectible"}, GatewayInvoiceStatus.UNCOLLECTIBLE),
        ({"status": ..., "paid": True}, GatewayInvoiceStatus.PAID),
        ({"status": ..., "paid": False, "forgiven": True}, GatewayInvoiceStatus.UNCOLLECTIBLE),
        ({"status": ..., "paid": False, "forgiven": False}, GatewayInvoiceStatus.OPEN),
    ],
)
def test_types_that_promise_no_state_go_by_the_object_of_any_version(event_type, changes, status):
    assert only(reading(event_type, changes)).status is status


@pytest.mark.parametrize("event_type", TWINS)
def test_until_2025_a_paid_invoice_named_its_payment(event_type):
    billed, payment = reading(event_type, OLD)

    assert (billed.subscription, billed.payment) == ("sub_old", "pi_old")
    assert (payment.payment, payment.aliases, payment.status) == (
        "pi_old",
        ("ch_old",),
        PaymentStatus.SUCCEEDED,
    )
    assert (payment.amount_minor, payment.currency) == (120_000, "USD")


def test_before_intents_the_charge_was_the_payment():
    changes = OLD | {"payment_intent": ..., "status": ..., "amount_paid": ...}
    billed, payment = reading("invoice.payment_succeeded", changes)

    assert (billed.payment, payment.payment, payment.aliases) == ("ch_old", "ch_old", ())
    assert payment.amount_minor == 120_000


@pytest.mark.parametrize(
    "changes",
    [
        {},
        OLD | {"amount_paid": 0},
        OLD | {"paid_out_of_band": True},
        _listed({"type": "payment_record", "payment_record": "prec_1"}),
        _listed(_through("pi_1"), status="canceled"),
        _listed(_through("pi_1"), amount_paid=0),
    ],
)
def test_an_invoice_paid_by_nothing_that_stripe_took_tells_no_payment(changes):
    assert of(PaymentFact, reading("invoice.paid", changes)) == []


def test_since_2025_several_payments_may_settle_one_invoice():
    listed = [
        {"payment": _through("pi_1"), "status": "paid", "is_default": False, "amount_paid": 20_000},
        {"payment": {"charge": "ch_2"}, "status": "paid", "is_default": True, "amount_paid": 100_000},
    ]
    facts = reading("invoice.paid", {"payments": {"data": listed}})

    assert only(tuple(of(GatewayInvoiceFact, facts))).payment == "ch_2"
    assert [(each.payment, each.amount_minor) for each in of(PaymentFact, facts)] == [
        ("pi_1", 20_000),
        ("ch_2", 100_000),
    ]


@pytest.mark.parametrize(
    "place",
    [
        {"metadata": {"student": "s-9"}},
        {"parent": {"subscription_details": {"metadata": {"student": "s-9"}}}},
        {"parent": ..., "subscription_details": {"metadata": {"student": "s-9"}}},
        {"parent": ..., "subscription": {"id": "sub_1", "metadata": {"student": "s-9"}}},
        {"parent": ..., "lines": {"data": [{"metadata": {"student": "s-9"}}, {"metadata": {}}]}},
    ],
)
def test_the_subscriber_is_found_wherever_stripe_copies_the_metadata(place):
    facts = reading("invoice.paid", {"payment_intent": "pi_1"} | place)

    assert [each.claims.subscriber for each in of(PaymentFact, facts)] == ["s-9"]


def test_lines_for_two_learners_name_no_subscriber():
    lines = {"data": [{"metadata": {"student": "s-1"}}, {"metadata": {"student": "s-2"}}]}
    facts = reading("invoice.paid", {"payment_intent": "pi_1", "parent": ..., "lines": lines})

    assert [each.claims.subscriber for each in of(PaymentFact, facts)] == [None]


def test_our_invoice_is_never_read_from_a_subscription_that_renews_each_month():
    metadata = {"invoice": "INV-7", "track": "web", "components": "tuition=1", "student": "s-7"}
    renewal = reading("invoice.paid", {"payment_intent": "pi_1"}, metadata=metadata)
    single = reading("invoice.paid", {"payment_intent": "pi_1", "metadata": metadata})

    assert [each.claims for each in of(PaymentFact, renewal)] == [
        Claims(track="web", subscriber="s-7", gateway_customer="cus_demo_0001")
    ]
    assert [each.claims for each in of(PaymentFact, single)] == [
        Claims(
            invoice="INV-7",
            track="web",
            components=(("tuition", 1),),
            subscriber="s-7",
            gateway_customer="cus_demo_0001",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "payment", "code"),
    [
        ({"payment_intent": "pi_1"}, "pi_1", None),
        (
            {"payment_intent": {"id": "pi_1", "last_payment_error": {"code": "expired_card"}}},
            "pi_1",
            "expired_card",
        ),
        (_listed(_through("pi_2"), status="open", amount_paid=None), "pi_2", None),
    ],
)
def test_a_failed_collection_names_the_payment_that_failed_where_it_can(changes, payment, code):
    billed, failed = reading("invoice.payment_failed", changes)

    assert (billed.status, billed.payment) == (GatewayInvoiceStatus.PAYMENT_FAILED, payment)
    assert (failed.payment, failed.status, failed.amount_minor) == (payment, PaymentStatus.FAILED, 120_000)
    assert failed.decline_code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"charge": "ch_1"},
        {"payment_intent": "pi_1", "amount_remaining": 0},
        _listed(_through("pi_2"), status="open", is_default=False),
    ],
)
def test_a_failure_that_names_no_intent_of_its_own_is_announced_elsewhere(changes):
    assert of(PaymentFact, reading("invoice.payment_failed", changes)) == []


def test_an_invoice_payment_is_a_payment_and_says_nothing_of_the_invoice():
    assert only(reading("invoice_payment.paid")) == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="pi_demo_0001",
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
    )


def test_an_invoice_payment_through_a_charge_is_credited_under_the_charge():
    fact = only(reading("invoice_payment.paid", {"payment": {"type": "charge", "charge": "ch_1"}}))

    assert (fact.payment, fact.aliases, fact.attempt) == ("ch_1", (), "ch_1")


def test_a_fetched_invoice_payment_tells_its_invoice_too():
    invoice = {
        "id": "in_9",
        "status": "open",
        "currency": "usd",
        "amount_paid": 5,
        "metadata": {"student": "s-9"},
    }
    billed, payment = reading("invoice_payment.paid", {"invoice": invoice})

    assert (billed.invoice, billed.status) == ("in_9", GatewayInvoiceStatus.PARTIALLY_PAID)
    assert payment.claims.subscriber == "s-9"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payment": {"type": "payment_record", "payment_record": "prec_1"}}, "paid outside the gateway"),
        ({"amount_paid": 0}, "no money"),
    ],
)
def test_an_invoice_payment_of_no_money_that_stripe_took_is_ignored(changes, reason):
    assert reading("invoice_payment.paid", changes) == Ignored(reason=reason)


@pytest.mark.parametrize("attempts", [-1, True, "3", 10_001, None, 1.0])
def test_a_senseless_count_of_attempts_is_none(attempts):
    assert only(reading("invoice.payment_failed", {"attempt_count": attempts})).attempts is None


def test_amounts_that_an_old_invoice_lacks_are_unknown():
    fact = only(reading("invoice.updated", {"amount_paid": ..., "amount_due": -5}))

    assert (fact.paid_minor, fact.due_minor) == (None, None)
