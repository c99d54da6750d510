import pytest

from bursar.rules.facts import ConversionFact, FeeFact, PaymentFact
from tests.gateways.razorpay.reading import facts_of, read_event, the


def _captured(**fields):
    return read_event("payment.captured", {"payment": fields}, amount_minor=500_000)


def test_the_fee_includes_its_tax():
    assert the(FeeFact, _captured(fee=11_800, tax=1_800)) == FeeFact(
        source="pay_demo0001",
        about="pay_demo0001",
        fee_minor=11_800,
        tax_minor=1_800,
        currency="INR",
        occurred_at=the(PaymentFact, _captured()).occurred_at,
    )


@pytest.mark.parametrize("fee", [None, 0, -5, 2.5, "11800", True, [], 10**13 + 1])
def test_without_a_whole_fee_there_is_money_and_no_fee(fee):
    reading = _captured(fee=fee)

    assert the(PaymentFact, reading).amount_minor == 500_000
    assert facts_of(FeeFact, reading) == []


@pytest.mark.parametrize(
    ("tax", "tax_minor"), [(None, 0), (0, 0), (-1, 0), ("1", 0), (True, 0), (18, 18), (200, 100)]
)
def test_the_tax_is_between_nothing_and_the_whole_fee(tax, tax_minor):
    assert the(FeeFact, _captured(fee=100, tax=tax)).tax_minor == tax_minor


@pytest.mark.parametrize("event_type", ["payment.authorized", "payment.failed"])
def test_only_captured_payments_have_a_fee_and_an_exchange(event_type):
    (payment,) = read_event(event_type, {"payment": {"fee": 100, "tax": 18}}, currency="USD")

    assert isinstance(payment, PaymentFact)


def test_a_payment_in_another_currency_is_exchanged_and_its_fee_is_in_the_currency_of_settlement():
    payment, fee, conversion = read_event("payment.captured", amount_minor=2_000, currency="USD")

    assert (payment.amount_minor, payment.currency) == (2_000, "USD")
    assert (fee.fee_minor, fee.currency) == (3_776, "INR")
    assert conversion == ConversionFact(
        source="pay_demo0001",
        about="pay_demo0001",
        sold_minor=2_000,
        sold_currency="USD",
        bought_minor=160_000,
        bought_currency="INR",
        occurred_at=payment.occurred_at,
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"base_amount": None, "base_currency": "INR"},
        {"base_amount": 0, "base_currency": "INR"},
        {"base_amount": "160000", "base_currency": "INR"},
        {"base_amount": 160_000, "base_currency": None},
        {"base_amount": 160_000, "base_currency": "rupees"},
        {"base_amount": 2_000, "base_currency": "usd"},
    ],
)
def test_an_exchange_is_told_only_whole(fields):
    reading = read_event("payment.captured", {"payment": fields}, amount_minor=2_000, currency="USD")

    assert facts_of(ConversionFact, reading) == []


@pytest.mark.parametrize(
    ("fields", "currency"),
    [
        ({"currency": "USD", "base_currency": "INR", "international": True}, "INR"),
        ({"currency": "USD", "base_currency": "SGD", "international": True}, "SGD"),
        ({"currency": "USD", "international": True}, "INR"),
        ({"currency": "INR", "international": True}, "INR"),
        ({"currency": "MYR", "international": False}, "MYR"),
        ({"currency": "INR", "international": False}, "INR"),
    ],
)
def test_the_fee_is_in_the_currency_razorpay_settles_in(fields, currency):
    assert the(FeeFact, _captured(**fields, fee=100)).currency == currency
