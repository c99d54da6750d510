import pytest

from bursar.gateways.protocol import Ignored
from bursar.rules.facts import ConversionFact, FeeFact, PaymentFact
from bursar.rules.states import PaymentStatus
from tests.gateways.stripe.reading import AT, of, only, reading


def test_a_captured_charge_is_the_intents_payment():
    fact = only(reading("charge.succeeded"))

    assert (fact.status, fact.payment) == (PaymentStatus.SUCCEEDED, "pi_demo_0001")
    assert (fact.aliases, fact.attempt) == (("ch_demo_0001",), "ch_demo_0001")


def test_a_charge_without_an_intent_is_its_own_payment():
    fact = only(reading("charge.succeeded", {"payment_intent": None}))

    assert (fact.payment, fact.aliases) == ("ch_demo_0001", ())


def test_an_uncaptured_charge_is_only_authorized():
    fact = only(reading("charge.succeeded", {"captured": False, "amount_captured": 0}))

    assert (fact.status, fact.amount_minor) == (PaymentStatus.AUTHORIZED, 120_000)


def test_of_a_charge_only_the_captured_part_is_money():
    assert only(reading("charge.succeeded", {"amount_captured": 5_000})).amount_minor == 5_000


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("charge.updated", PaymentStatus.SUCCEEDED),
        ("charge.captured", PaymentStatus.SUCCEEDED),
        ("charge.pending", PaymentStatus.PROCESSING),
        ("charge.failed", PaymentStatus.FAILED),
        ("charge.expired", PaymentStatus.CANCELED),
    ],
)
def test_a_charge_has_the_state_its_event_says(event_type, status):
    fact = only(reading(event_type))

    assert (fact.payment, fact.attempt, fact.status) == ("pi_demo_0001", "ch_demo_0001", status)
    assert fact.amount_minor == 120_000


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "pending"}, PaymentStatus.PROCESSING),
        ({"status": "failed"}, PaymentStatus.FAILED),
        ({"captured": False, "refunded": False}, PaymentStatus.AUTHORIZED),
        ({"captured": False, "refunded": True}, PaymentStatus.CANCELED),
        ({"status": "paid"}, PaymentStatus.SUCCEEDED),
        ({"status": ..., "paid": True}, PaymentStatus.SUCCEEDED),
        ({"status": ..., "paid": False}, PaymentStatus.FAILED),
    ],
)
def test_an_updated_charge_has_the_state_its_object_says_in_any_version(changes, status):
    assert only(reading("charge.updated", changes)).status is status


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "insufficient_funds"),
        ({"outcome": None}, "card_declined"),
        ({"outcome": {"reason": "The bank said no to Asha"}}, "card_declined"),
        ({"outcome": None, "failure_code": None}, None),
    ],
)
def test_a_failed_charge_says_why(changes, code):
    assert only(reading("charge.failed", changes)).decline_code == code


@pytest.mark.parametrize(
    ("changes", "method"),
    [
        ({}, "card"),
        ({"payment_method_details": None, "source": {"object": "card", "brand": "Visa"}}, "card"),
        ({"payment_method_details": None, "source": {"object": "source", "type": "ideal"}}, "ideal"),
        ({"payment_method_details": None, "source": {"object": "bank_account"}}, "bank_account"),
        ({"payment_method_details": None, "card": {"object": "card"}}, "card"),
        ({"payment_method_details": None, "source": None}, None),
    ],
)
def test_older_charges_name_their_method_by_their_source(changes, method):
    assert only(reading("charge.succeeded", changes)).method == method


def test_the_bare_id_of_a_balance_transaction_says_nothing():
    assert len(reading("charge.updated", {"balance_transaction": "txn_1"})) == 1


def test_an_expanded_balance_transaction_tells_the_fee_with_its_tax():
    details = [
        {"amount": 3_000, "currency": "usd", "type": "stripe_fee"},
        {"amount": 540, "currency": "usd", "type": "tax"},
    ]
    entry = {"id": "txn_1", "amount": 120_000, "currency": "usd", "fee": 3_540, "fee_details": details}
    facts = reading("charge.updated", {"balance_transaction": entry})

    assert of(ConversionFact, facts) == []
    assert of(FeeFact, facts) == [
        FeeFact(
            source="txn_1",
            about="ch_demo_0001",
            fee_minor=3_540,
            tax_minor=540,
            currency="USD",
            occurred_at=AT,
        )
    ]


def test_a_charge_settled_in_another_currency_tells_the_exchange():
    facts = reading("charge.updated", settled_currency="ISK", settled_minor=165_000, fee_minor=4_900)

    assert of(PaymentFact, facts)[0].currency == "USD"
    assert of(FeeFact, facts)[0].fee_minor == 4_900
    assert of(ConversionFact, facts) == [
        ConversionFact(
            source="txn_ch_demo_0001",
            about="ch_demo_0001",
            sold_minor=120_000,
            sold_currency="USD",
            bought_minor=165_000,
            bought_currency="ISK",
            occurred_at=AT,
        )
    ]


def test_a_charge_without_a_fee_tells_none():
    assert of(FeeFact, reading("charge.updated", fee_minor=0)) == []


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [("charge.succeeded", {"amount_captured": 0}), ("charge.failed", {"amount": 0})],
)
def test_a_charge_of_nothing_is_no_money(event_type, changes):
    assert reading(event_type, changes) == Ignored(reason="no money")
