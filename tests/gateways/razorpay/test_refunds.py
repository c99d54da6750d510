from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import FeeFact, PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus, RefundStatus
from tests.gateways.razorpay.reading import CLAIMED, document_of, read_event, the

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event_type", "word", "status"),
    [
        ("refund.created", "created", RefundStatus.PENDING),
        ("refund.created", "pending", RefundStatus.PENDING),
        ("refund.created", "processed", RefundStatus.SUCCEEDED),
        ("refund.created", "failed", RefundStatus.FAILED),
        ("refund.speed_changed", "pending", RefundStatus.PENDING),
        ("refund.speed_changed", "processed", RefundStatus.SUCCEEDED),
        ("refund.processed", "processed", RefundStatus.SUCCEEDED),
        ("refund.processed", "failed", RefundStatus.FAILED),
        ("refund.failed", "failed", RefundStatus.FAILED),
    ],
)
def test_a_refund_has_the_state_its_entity_says(event_type, word, status):
    reading = read_event(event_type, {"refund": {"status": word}}, refund_minor=500)

    assert the(RefundFact, reading) == RefundFact(
        status=status,
        refund="rfnd_demo0001",
        payment="pay_demo0001",
        amount_minor=500,
        currency="INR",
        occurred_at=AT,
    )


def test_a_refund_brings_its_payment_so_that_neither_waits():
    payment, fee, _ = read_event("refund.processed", metadata=CLAIMED)

    assert (payment.status, payment.payment) == (PaymentStatus.SUCCEEDED, "pay_demo0001")
    assert payment.claims.invoice == "INV-7"
    assert isinstance(fee, FeeFact)


def test_nobody_paid_at_the_moment_of_a_refund():
    payment = the(PaymentFact, read_event("refund.processed", {"payment": {"created_at": 1_700_000_000}}))

    assert payment.occurred_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("event_type", ["refund.created", "refund.processed", "refund.failed"])
@pytest.mark.parametrize("captured", [False, "0"])
def test_returning_what_was_never_captured_refunds_nothing(event_type, captured):
    (payment,) = read_event(event_type, {"payment": {"captured": captured, "status": "refunded"}})

    assert isinstance(payment, PaymentFact)
    assert payment.status is PaymentStatus.AUTHORIZED


def test_returning_what_was_never_captured_is_ignored_where_the_payment_says_nothing_else():
    reading = read_event("refund.created", {"payment": {"captured": False, "status": None}})

    assert reading == Ignored(reason="authorization released")


@pytest.mark.parametrize(
    "fields", [{"status": "created"}, {"status": None}, {"amount": "5"}, {"id": None}, {"currency": 7}]
)
def test_an_unreadable_payment_beside_a_refund_hides_no_refund(fields):
    (refund,) = read_event("refund.processed", {"payment": fields})

    assert isinstance(refund, RefundFact)


def test_a_refund_without_its_payment_beside_it_is_still_a_refund():
    document = document_of("refund.processed")
    del document["payload"]["payment"]
    (refund,) = read("refund.processed", document)

    assert refund.payment == "pay_demo0001"


@pytest.mark.parametrize(
    ("event_type", "fields", "reason"),
    [
        ("refund.created", {"status": "unheard_of"}, "refund.entity.status"),
        ("refund.created", {"status": {}}, "refund.entity.status"),
        ("refund.processed", {"status": "pending"}, "refund.entity.status"),
        ("refund.failed", {"status": "processed"}, "refund.entity.status"),
        ("refund.created", {"payment_id": None}, "refund.entity.payment_id must be"),
        ("refund.created", {"amount": 0}, "refund.entity.amount must be"),
        ("refund.processed", {"amount": 1.5}, "refund.entity.amount must be"),
        ("refund.processed", {"currency": "rupees"}, "refund.entity.currency must be"),
    ],
)
def test_what_is_behind_its_type_is_unreadable_and_names_the_field(event_type, fields, reason):
    with pytest.raises(Unreadable, match=reason):
        read_event(event_type, {"refund": fields})
