import pytest

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.rules.facts import Claims, ConversionFact, FeeFact, PaymentFact
from bursar.rules.states import PaymentStatus
from tests.gateways.stripe.reading import AT, of, only, reading

CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}


def test_a_succeeded_intent_is_a_payment_under_the_intents_id():
    assert only(reading("payment_intent.succeeded", metadata=CLAIMED, customer="cus_7")) == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="pi_demo_0001",
        aliases=("ch_demo_0001",),
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
        claims=Claims(invoice="INV-7", customer="s-7", track="web", gateway_customer="cus_7"),
        method="card",
        attempt="ch_demo_0001",
    )


def test_what_was_received_is_credited_not_what_was_asked():
    assert only(reading("payment_intent.succeeded", {"amount_received": 70_000})).amount_minor == 70_000


TAKEN = {"id": "ch_2", "status": "succeeded", "captured": True, "amount": 120_000}
FAILED = {"id": "ch_1", "status": "failed", "captured": False, "amount": 120_000}


@pytest.mark.parametrize(
    ("charge", "minor"), [(TAKEN, 120_000), ({**TAKEN, "amount_captured": 70_000}, 70_000)]
)
def test_where_an_intent_does_not_say_what_it_received_its_captured_charge_does(charge, minor):
    told = {"amount_received": ..., "latest_charge": charge, "charges": {"data": [charge, FAILED]}}

    assert only(reading("payment_intent.succeeded", told)).amount_minor == minor


@pytest.mark.parametrize("charges", [[], [FAILED], [TAKEN, {**TAKEN, "id": "ch_3"}]])
def test_an_amount_that_no_one_charge_tells_is_not_guessed(charges):
    with pytest.raises(Unreadable, match="amount_received"):
        reading("payment_intent.succeeded", {"amount_received": ..., "charges": {"data": charges}})


def test_versions_that_list_charges_name_every_attempt():
    charges = {"object": "list", "data": [{"id": "ch_2"}, {"id": "ch_1"}]}
    fact = only(reading("payment_intent.succeeded", {"charges": charges, "latest_charge": None}))

    assert fact.aliases == ("ch_2", "ch_1")
    assert fact.attempt == "ch_2"


def test_an_expanded_charge_gives_its_id_and_method():
    charge = {"id": "ch_9", "payment_method_details": {"type": "us_bank_account"}}
    fact = only(reading("payment_intent.succeeded", {"latest_charge": charge}))

    assert fact.aliases == ("ch_9",)
    assert fact.method == "us_bank_account"


def test_with_several_allowed_methods_the_intent_does_not_say_which():
    assert (
        only(reading("payment_intent.succeeded", {"payment_method_types": ["card", "link"]})).method is None
    )


def test_an_expanded_customer_gives_only_its_id():
    customer = {"id": "cus_9", "email": "learner@example.com", "name": "Sample Learner"}

    assert only(reading("charge.succeeded", {"customer": customer})).claims.gateway_customer == "cus_9"


def test_a_processing_intent_is_not_money_yet():
    fact = only(reading("payment_intent.processing"))

    assert (fact.status, fact.amount_minor) == (PaymentStatus.PROCESSING, 120_000)


def test_a_failed_attempt_says_why():
    fact = only(reading("payment_intent.payment_failed", decline_code="expired_card"))

    assert fact.status is PaymentStatus.FAILED
    assert fact.decline_code == "expired_card"
    assert fact.attempt == "ch_demo_0001_declined"
    assert fact.method == "card"


def test_without_a_decline_code_the_error_code_says_why():
    error = {"code": "payment_intent_authentication_failure", "message": "Asha did not answer"}
    fact = only(reading("payment_intent.payment_failed", {"last_payment_error": error}))

    assert fact.decline_code == "payment_intent_authentication_failure"


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("payment_intent.canceled", PaymentStatus.CANCELED),
        ("payment_intent.requires_action", PaymentStatus.REQUIRES_ACTION),
        ("payment_intent.amount_capturable_updated", PaymentStatus.AUTHORIZED),
        ("payment_intent.partially_funded", PaymentStatus.PROCESSING),
    ],
)
def test_an_intent_that_brought_no_money_says_how_far_it_came(event_type, status):
    fact = only(reading(event_type, metadata=CLAIMED))

    assert (fact.payment, fact.status, fact.amount_minor) == ("pi_demo_0001", status, 120_000)
    assert fact.claims.invoice == "INV-7"
    assert fact.decline_code is None


def test_of_an_authorization_only_what_can_be_captured_counts():
    changes = {"amount_capturable": 5_000}

    assert only(reading("payment_intent.amount_capturable_updated", changes)).amount_minor == 5_000


def test_before_2019_an_action_of_the_payer_was_one_of_its_source():
    changes = {"status": "requires_source_action"}
    fact = only(reading("payment_intent.requires_action", changes))

    assert fact.status is PaymentStatus.REQUIRES_ACTION


def test_the_host_may_spread_the_money_over_components():
    metadata = {"components": "tuition=100000,library=20000"}
    fact = only(reading("payment_intent.succeeded", metadata=metadata))

    assert fact.claims.components == (("tuition", 100_000), ("library", 20_000))


def test_a_fetched_intent_tells_fee_and_exchange_of_its_charge():
    entry = {"id": "txn_1", "amount": 110_000, "currency": "eur", "fee": 3_500, "fee_details": []}
    charge = {"id": "ch_9", "balance_transaction": entry}
    facts = reading("payment_intent.succeeded", {"latest_charge": charge})

    assert [(fee.source, fee.about, fee.fee_minor) for fee in of(FeeFact, facts)] == [
        ("txn_1", "ch_9", 3_500)
    ]
    (conversion,) = of(ConversionFact, facts)
    assert (conversion.sold_minor, conversion.sold_currency) == (120_000, "USD")
    assert (conversion.bought_minor, conversion.bought_currency) == (110_000, "EUR")


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        ("payment_intent.succeeded", {"amount_received": 0}),
        ("payment_intent.processing", {"amount": 0}),
        ("payment_intent.amount_capturable_updated", {"amount_capturable": 0}),
    ],
)
def test_an_intent_over_nothing_is_no_money(event_type, changes):
    assert reading(event_type, changes) == Ignored(reason="no money")
