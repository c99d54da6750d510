import dataclasses

import pytest

from bursar.gateways.paypal.facts import read
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Ignored, Unreadable
from bursar.rules.facts import CheckoutFact, Claims, FeeFact, PaymentFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from tests.gateways.paypal.reading import CLAIMED, facts_of, found, read_found, the


def test_a_completed_order_is_its_capture_and_the_end_of_its_checkout():
    reading = read_found(Kind.ORDER, metadata=CLAIMED, fee_minor=379)
    payment = the(PaymentFact, reading)
    captured = the(PaymentFact, read_found(Kind.CAPTURE, metadata=CLAIMED, fee_minor=379))

    assert dataclasses.replace(payment, claims=captured.claims) == captured
    assert payment.claims == Claims(
        invoice="INV-7",
        customer="s-7",
        track="web",
        checkouts=("5DEMO0001-O",),
        gateway_customer="PAYERDEMO0001",
    )
    assert the(FeeFact, reading) == the(FeeFact, read_found(Kind.CAPTURE, fee_minor=379))
    done = the(CheckoutFact, reading)
    assert (done.status, done.checkout, done.payment) == (
        CheckoutStatus.COMPLETED,
        "5DEMO0001-O",
        "5DEMO0001",
    )


@pytest.mark.parametrize("status", ["CREATED", "SAVED", "APPROVED", "PAYER_ACTION_REQUIRED"])
def test_an_order_that_nobody_captured_is_no_money(status):
    assert read_found(Kind.ORDER, {"status": status, "purchase_units": None}) == Ignored(
        reason="nothing captured"
    )


def test_a_voided_order_cannot_be_paid_any_more():
    reading = read_found(Kind.ORDER, {"status": "VOIDED", "purchase_units": [{}]})

    assert the(CheckoutFact, reading).status is CheckoutStatus.EXPIRED


def test_each_capture_says_itself_whether_it_was_paid():
    order = found(Kind.ORDER)
    [capture] = order["purchase_units"][0]["payments"]["captures"]
    order["purchase_units"].append(
        {"payments": {"captures": [capture | {"id": "2", "status": "DECLINED"}, capture | {"id": "3"}]}}
    )
    payments = facts_of(PaymentFact, read("fetched.order", order))

    assert [(each.payment, each.status) for each in payments] == [
        ("5DEMO0001", PaymentStatus.SUCCEEDED),
        ("2", PaymentStatus.FAILED),
        ("3", PaymentStatus.SUCCEEDED),
    ]


def test_a_capture_in_an_open_order_counts():
    assert the(PaymentFact, read_found(Kind.ORDER, {"status": "APPROVED"})).payment == "5DEMO0001"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, r"order\.id must be"),
        ({"status": "UNHEARD_OF"}, r"order\.status is not"),
        ({"purchase_units": {}}, r"order\.purchase_units must be a list of at most 10"),
        ({"purchase_units": [{}] * 11}, r"order\.purchase_units must be a list of at most 10"),
        (
            {"purchase_units": [{"payments": {"captures": {}}}]},
            r"order\.purchase_units\[0\]\.payments\.captures must be a list",
        ),
        (
            {"purchase_units": [{"payments": {"captures": [{"id": "1"}]}}]},
            r"order\.purchase_units\[0\]\.payments\.captures\[0\]\.amount must be",
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"^{reason}"):
        read_found(Kind.ORDER, fields)
