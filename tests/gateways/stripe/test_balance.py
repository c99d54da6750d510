import pytest

from bursar.gateways.protocol import Ignored
from bursar.rules.facts import SettlementFact
from bursar.rules.states import SettlementStatus
from tests.gateways.stripe.reading import AT, only, reading


def test_a_paid_payout_can_be_found_on_the_banks_statement():
    assert only(reading("payout.paid")) == SettlementFact(
        status=SettlementStatus.PAID,
        settlement="po_demo_0001",
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
        reference="trace1795000000",
    )


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("payout.created", SettlementStatus.PENDING),
        ("payout.updated", SettlementStatus.PENDING),
        ("payout.failed", SettlementStatus.FAILED),
        ("payout.canceled", SettlementStatus.CANCELED),
        ("payout.reconciliation_completed", SettlementStatus.PAID),
    ],
)
def test_a_payout_stands_where_its_object_says(event_type, status):
    assert only(reading(event_type)).status is status


@pytest.mark.parametrize(
    "event_type", ["payout.created", "payout.updated", "payout.reconciliation_completed"]
)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", SettlementStatus.PENDING),
        ("in_transit", SettlementStatus.PENDING),
        ("paid", SettlementStatus.PAID),
        ("failed", SettlementStatus.FAILED),
        ("canceled", SettlementStatus.CANCELED),
    ],
)
def test_types_that_promise_no_state_go_by_the_status(event_type, word, status):
    assert only(reading(event_type, {"status": word})).status is status


def test_money_taken_from_our_bank_is_negative():
    assert only(reading("payout.paid", {"amount": -5_000})).amount_minor == -5_000


@pytest.mark.parametrize(
    ("currency", "amount", "amount_minor"),
    [("isk", -150_000, -1_500), ("jpy", 1_500, 1_500), ("mga", -5, -500)],
)
def test_a_payout_is_counted_in_iso_minor_units(currency, amount, amount_minor):
    changes = {"currency": currency, "amount": amount}

    assert only(reading("payout.paid", changes)).amount_minor == amount_minor


@pytest.mark.parametrize(
    "trace", [None, "x", {"status": "pending", "value": None}, {"value": "paid to Asha on Monday"}]
)
def test_a_payout_without_a_trace_has_no_reference(trace):
    assert only(reading("payout.paid", {"trace_id": trace})).reference is None


def test_a_payout_of_nothing_is_no_money():
    assert reading("payout.paid", {"amount": 0}) == Ignored(reason="no money")
