from datetime import UTC, datetime

import pytest

from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Ignored, Unreadable
from bursar.rules.facts import Claims, ConversionFact, FeeFact, PaymentFact
from bursar.rules.states import PaymentStatus
from tests.gateways.paypal.reading import CLAIMED, facts_of, read_found, the, usd

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
LATER = "2026-11-20T00:00:00Z"
BOTH = pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.SALE])


def test_a_completed_capture_is_money():
    (payment,) = read_found(Kind.CAPTURE, amount_minor=4_200, metadata=CLAIMED)

    assert payment == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="5DEMO0001",
        amount_minor=4_200,
        currency="USD",
        occurred_at=AT,
        claims=Claims(invoice="INV-7", customer="s-7", track="web", checkouts=("5DEMO0001-O",)),
        method="paypal",
        attempt="5DEMO0001",
    )


def test_a_completed_sale_is_the_money_of_a_subscription_and_names_who_pays():
    payment = the(PaymentFact, read_found(Kind.SALE, metadata={"student": "s-7", "track": "web"}))

    assert (payment.status, payment.payment) == (PaymentStatus.SUCCEEDED, "5DEMO0001")
    assert (payment.amount_minor, payment.currency) == (49_900, "USD")
    assert payment.claims == Claims(subscriber="s-7", track="web")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("COMPLETED", PaymentStatus.SUCCEEDED),
        ("PARTIALLY_REFUNDED", PaymentStatus.SUCCEEDED),
        ("REFUNDED", PaymentStatus.SUCCEEDED),
        ("PENDING", PaymentStatus.PROCESSING),
        ("DECLINED", PaymentStatus.FAILED),
        ("FAILED", PaymentStatus.FAILED),
    ],
)
def test_a_capture_stands_where_its_status_says(word, status):
    assert the(PaymentFact, read_found(Kind.CAPTURE, {"status": word})).status is status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", PaymentStatus.SUCCEEDED),
        ("partially_refunded", PaymentStatus.SUCCEEDED),
        ("refunded", PaymentStatus.SUCCEEDED),
        ("reversed", PaymentStatus.SUCCEEDED),
        ("pending", PaymentStatus.PROCESSING),
        ("denied", PaymentStatus.FAILED),
    ],
)
def test_a_sale_and_a_capture_of_v1_stand_where_their_state_says(word, status):
    capture = read_found(Kind.CAPTURE, {"status": None, "state": word})

    assert the(PaymentFact, read_found(Kind.SALE, {"state": word})).status is status
    assert the(PaymentFact, capture).status is status


@pytest.mark.parametrize("word", ["REFUNDED", "PARTIALLY_REFUNDED"])
def test_a_payment_happened_before_what_was_refunded_of_it(word):
    fact = the(PaymentFact, read_found(Kind.CAPTURE, {"status": word, "update_time": LATER}))

    assert fact.occurred_at == AT


def test_a_pending_payment_that_completes_happened_then():
    fact = the(PaymentFact, read_found(Kind.CAPTURE, {"update_time": LATER}))

    assert fact.occurred_at == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status_details": {"reason": "BUYER_COMPLAINT"}}, "BUYER_COMPLAINT"),
        ({"processor_response": {"response_code": "5120"}}, "5120"),
        (
            {"reason_code": "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"},
            "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION",
        ),
        ({"status_details": {"reason": "Call the buyer"}}, None),
        ({}, None),
    ],
)
def test_a_failed_payment_says_why_in_a_code_word(fields, code):
    assert the(PaymentFact, read_found(Kind.CAPTURE, {"status": "DECLINED", **fields})).decline_code == code


@BOTH
def test_the_fee_comes_along_with_the_payment(kind):
    fee = the(FeeFact, read_found(kind, amount_minor=10_000, fee_minor=379))

    assert (fee.source, fee.about, fee.fee_minor, fee.currency) == ("5DEMO0001", "5DEMO0001", 379, "USD")
    assert (fee.tax_minor, fee.occurred_at) == (0, AT)


def test_what_is_left_after_the_fee_is_exchanged():
    reading = read_found(
        Kind.CAPTURE, amount_minor=10_000, fee_minor=379, currency="EUR", settled_currency="USD"
    )
    exchange = the(ConversionFact, reading)

    assert (exchange.sold_minor, exchange.sold_currency) == (9_621, "EUR")
    assert (exchange.bought_minor, exchange.bought_currency) == (9_621, "USD")
    assert the(FeeFact, reading).currency == "EUR"


@pytest.mark.parametrize(
    "breakdown",
    [
        None,
        [],
        {"paypal_fee": None},
        {"paypal_fee": {"currency_code": "USD", "value": "0.00"}},
        {"paypal_fee": {"currency_code": "USD", "value": 3.79}},
        {"paypal_fee": {"currency_code": "EUR", "value": "3.79"}},
        {"receivable_amount": {"currency_code": "EUR", "value": "3.79"}},
        {"receivable_amount": usd("3.79"), "net_amount": usd("3.79")},
    ],
)
def test_a_breakdown_that_makes_no_sense_says_nothing_and_the_money_counts(breakdown):
    (payment,) = read_found(Kind.CAPTURE, {"seller_receivable_breakdown": breakdown})

    assert payment.amount_minor == 49_900


@BOTH
def test_a_payment_that_is_not_ours_yet_has_no_fee(kind):
    word = {"status": "PENDING"} if kind is Kind.CAPTURE else {"state": "pending"}

    assert facts_of(FeeFact, read_found(kind, word, fee_minor=379)) == []


@pytest.mark.parametrize(
    ("kind", "amount"),
    [(Kind.CAPTURE, usd("0.00")), (Kind.SALE, {"currency": "USD", "total": "0.00"})],
)
def test_the_free_part_of_a_trial_is_no_money(kind, amount):
    assert read_found(kind, {"amount": amount}) == Ignored(reason="no money")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "id must be"),
        ({"id": "../../v1/oauth2/token"}, "id must be"),
        ({"status": "UNHEARD_OF"}, "status is not a state of its kind"),
        ({"status": ["COMPLETED"]}, "status is not a state of its kind"),
        ({"status": None}, "state is not a state of its kind"),
        ({"amount": None}, "amount must be an object"),
        ({"amount": usd("-1.00")}, "amount must be above 0"),
        ({"amount": usd("1.005")}, "amount.value has more decimals"),
    ],
)
def test_a_capture_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"^capture\.{reason}"):
        read_found(Kind.CAPTURE, fields)
