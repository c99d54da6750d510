"""Settlements, downtimes and mandates."""

from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.rules.facts import DowntimeFact, PaymentMethodFact, SettlementFact
from bursar.rules.states import DowntimeStatus, PaymentMethodStatus, SettlementStatus
from tests.gateways.razorpay.reading import read_event, the

AT_S = 1_795_000_000
AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


def _settlement(**fields):
    return read_event("settlement.processed", {"settlement": fields}, amount_minor=152_400)


def _downtime(word, **fields):
    return read_event(f"payment.downtime.{word}", {"payment.downtime": fields})


def _token(word, **fields):
    return read_event(f"token.{word}", {"token": fields})


def test_a_processed_settlement_is_money_on_our_bank_account():
    assert the(SettlementFact, _settlement()) == SettlementFact(
        status=SettlementStatus.PAID,
        settlement="setl_demo0001",
        amount_minor=152_400,
        currency="INR",
        occurred_at=AT,
        reference="DEMON00000000001",
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", SettlementStatus.PENDING),
        ("initiated", SettlementStatus.PENDING),
        ("processed", SettlementStatus.PAID),
        ("failed", SettlementStatus.FAILED),
        ("reversed", SettlementStatus.FAILED),
        (None, SettlementStatus.PAID),
    ],
)
def test_a_settlement_has_the_state_its_entity_says(word, status):
    assert the(SettlementFact, _settlement(status=word)).status is status


@pytest.mark.parametrize(("told", "currency"), [("MYR", "MYR"), (None, "INR"), ("ringgit", "INR")])
def test_razorpay_settles_in_rupees_unless_it_says_otherwise(told, currency):
    assert the(SettlementFact, _settlement(currency=told)).currency == currency


def test_a_negative_settlement_takes_money_from_our_account():
    assert the(SettlementFact, _settlement(amount=-500)).amount_minor == -500


def test_a_settlement_of_nothing_is_no_money():
    assert _settlement(amount=0) == Ignored(reason="no money")


def test_a_settlement_may_have_no_bank_reference():
    assert the(SettlementFact, _settlement(utr=None)).reference is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "id must be"),
        ({"amount": None}, "amount must be"),
        ({"amount": "5"}, "amount must be"),
        ({"amount": True}, "amount must be"),
        ({"amount": 10**13 + 1}, "amount must be"),
        ({"amount": -(10**13) - 1}, "amount must be"),
        ({"status": "odd"}, "status is not"),
    ],
)
def test_a_settlement_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"payload\.settlement\.entity\.{reason}"):
        _settlement(**fields)


def test_a_downtime_says_what_does_not_work_since_when():
    assert the(DowntimeFact, _downtime("started")) == DowntimeFact(
        downtime="down_demo0001",
        status=DowntimeStatus.STARTED,
        occurred_at=AT,
        method="upi",
        severity="high",
        begins_at=datetime(2026, 11, 18, 11, 1, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("word", "entity", "status"),
    [
        ("started", {"status": "started"}, DowntimeStatus.STARTED),
        ("started", {"status": "scheduled"}, DowntimeStatus.SCHEDULED),
        ("started", {"begin": AT_S + 60}, DowntimeStatus.SCHEDULED),
        ("updated", {"status": "updated"}, DowntimeStatus.STARTED),
        ("updated", {"status": "updated", "begin": AT_S + 60}, DowntimeStatus.SCHEDULED),
        ("updated", {"status": "cancelled"}, DowntimeStatus.CANCELED),
        ("resolved", {"status": "resolved"}, DowntimeStatus.RESOLVED),
        ("started", {"status": None}, DowntimeStatus.STARTED),
        ("updated", {"status": None}, DowntimeStatus.STARTED),
        ("resolved", {"status": None}, DowntimeStatus.RESOLVED),
    ],
)
def test_a_downtime_has_the_state_its_entity_says(word, entity, status):
    assert the(DowntimeFact, _downtime(word, **entity)).status is status


def test_a_resolved_downtime_says_when_it_ended():
    assert the(DowntimeFact, _downtime("resolved")).ends_at == AT


@pytest.mark.parametrize(
    ("fields", "reason"), [({"id": None}, "id must be"), ({"status": 7}, "status is not")]
)
def test_a_downtime_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"payload\.payment\.downtime\.entity\.{reason}"):
        _downtime("started", **fields)


def test_a_confirmed_mandate_is_a_way_to_pay():
    assert the(PaymentMethodFact, _token("confirmed")) == PaymentMethodFact(
        method="token_demo0001",
        status=PaymentMethodStatus.ATTACHED,
        occurred_at=AT,
        gateway_customer="cust_demo0001",
        type="card",
        brand="Visa",
        last4="1111",
        expires=(2031, 7),
    )


@pytest.mark.parametrize("told", [None, "unheard_of", 7])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("confirmed", PaymentMethodStatus.ATTACHED),
        ("resumed", PaymentMethodStatus.ATTACHED),
        ("paused", PaymentMethodStatus.PAUSED),
        ("cancelled", PaymentMethodStatus.DETACHED),
        ("rejected", PaymentMethodStatus.DETACHED),
    ],
)
def test_a_mandate_is_in_the_state_of_its_details_or_else_of_the_type(word, status, told):
    assert the(PaymentMethodFact, _token(word)).status is status
    assert the(PaymentMethodFact, _token(word, recurring_details={"status": told})).status is status
    assert the(PaymentMethodFact, _token(word, recurring_details=None)).status is status


def test_a_mandate_cancelled_in_the_meantime_is_not_attached_again():
    fact = the(PaymentMethodFact, _token("confirmed", recurring_details={"status": "cancelled"}))

    assert fact.status is PaymentMethodStatus.DETACHED


@pytest.mark.parametrize(
    ("card", "last4", "expires"),
    [
        ({"last4": "3182", "expiry_month": "01", "expiry_year": "2030"}, "3182", (2030, 1)),
        ({"last4": "4111111111111111", "expiry_month": 13, "expiry_year": 2030}, None, None),
        ({"last4": 3182, "expiry_month": 0, "expiry_year": 30}, None, None),
        ({"expiry_month": 12, "expiry_year": None}, None, None),
        (None, None, None),
    ],
)
def test_of_a_card_the_last_digits_and_the_month_it_ends_are_kept(card, last4, expires):
    fact = the(PaymentMethodFact, _token("confirmed", card=card))

    assert (fact.last4, fact.expires) == (last4, expires)


@pytest.mark.parametrize(
    ("fields", "gateway_customer"),
    [
        ({"customer_id": None, "customer": {"id": "cust_7", "email": "sample@example.com"}}, "cust_7"),
        ({"customer_id": None, "customer": None}, None),
    ],
)
def test_a_mandate_names_its_customer_bare_or_expanded(fields, gateway_customer):
    assert the(PaymentMethodFact, _token("confirmed", **fields)).gateway_customer == gateway_customer


def test_a_mandate_without_an_id_is_ignored():
    assert _token("rejected", id=None) == Ignored(reason="no token")
