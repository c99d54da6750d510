import pytest
import stripe

from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus
from bursar.sandbox.fake.book import Kind, Standing
from tests.sandbox.fake.stripe.asking import payment
from tests.sandbox.fake.stripe.facts import facts_of


def _standings(stage):
    return [row.standing for row in stage.book.rows(Kind.CHARGE)]


def test_a_confirmed_intent_takes_the_money_and_announces_it(stage):
    paid = payment(stage, metadata={"bursar_invoice": "INV-1"})

    assert paid.status == "succeeded"
    assert paid.amount_received == 5_000
    assert stage.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]
    assert stage.book.captured() == {paid.id: 5_000}
    facts = facts_of(stage, PaymentFact)
    assert {(fact.payment, fact.status, fact.amount_minor) for fact in facts} == {
        (paid.id, PaymentStatus.SUCCEEDED, 5_000)
    }
    assert {fact.claims.invoice for fact in facts} == {"INV-1"}


@pytest.mark.parametrize(
    ("method", "code", "decline_code", "advice_code", "network_decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline", None, "05"),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
            "try_again_later",
            "51",
        ),
        (
            "pm_card_chargeDeclinedStolenCard",
            "card_declined",
            "stolen_card",
            "do_not_try_again",
            "43",
        ),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None, "confirm_card_data", "54"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None, "try_again_later", "96"),
    ],
)
def test_a_bank_says_no_in_its_own_words(
    stage, method, code, decline_code, advice_code, network_decline_code
):
    with pytest.raises(stripe.CardError) as declined:
        payment(stage, method)

    error = declined.value.json_body["error"]
    assert declined.value.http_status == 402
    assert (error["type"], error["code"]) == ("card_error", code)
    assert error.get("decline_code") == decline_code
    assert error.get("advice_code") == advice_code
    assert error.get("network_decline_code") == network_decline_code
    assert error["payment_intent"]["last_payment_error"]["charge"] == error["charge"]
    assert _standings(stage) == [Standing.FAILED]
    last = facts_of(stage, PaymentFact)[-1]
    assert (last.status, last.decline_code) == (PaymentStatus.FAILED, decline_code or code)


def test_a_declined_intent_succeeds_with_another_card_as_the_same_payment(stage):
    with pytest.raises(stripe.CardError) as declined:
        payment(stage, "pm_card_chargeDeclined")
    intent = declined.value.error.payment_intent.id

    paid = stage.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})

    assert (paid.id, paid.status) == (intent, "succeeded")
    assert paid.last_payment_error is None
    assert _standings(stage) == [Standing.FAILED, Standing.CAPTURED]
    assert len(stage.v1.charges.list({"payment_intent": intent}).data) == 2


def test_a_saved_card_is_charged_while_its_owner_is_away(stage):
    customer = stage.v1.customers.create({})
    first = payment(stage, customer=customer.id, setup_future_usage="off_session")

    again = payment(stage, first.payment_method, customer=customer.id, off_session=True)

    assert again.status == "succeeded"
    assert stage.v1.payment_methods.retrieve(first.payment_method).customer == customer.id


def test_a_bank_that_wants_its_customer_refuses_an_off_session_charge(stage):
    with pytest.raises(stripe.CardError) as declined:
        payment(stage, "pm_card_authenticationRequired", off_session=True)

    assert declined.value.code == "authentication_required"
    assert declined.value.error.payment_intent.status == "requires_payment_method"


@pytest.mark.parametrize(("ok", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_a_bank_that_wants_its_customer_is_answered_on_session(stage, ok, status):
    waiting = payment(stage, "pm_card_authenticationRequired")
    assert waiting.status == "requires_action"
    assert stage.types()[-1] == "payment_intent.requires_action"

    stage.control("settle", payment=waiting.id, ok=ok)

    assert stage.v1.payment_intents.retrieve(waiting.id).status == status


@pytest.mark.parametrize(
    ("ok", "status", "standing", "event"),
    [
        (True, "succeeded", Standing.CAPTURED, "payment_intent.succeeded"),
        (False, "requires_payment_method", Standing.FAILED, "payment_intent.payment_failed"),
    ],
)
def test_a_bank_transfer_is_answered_days_later(stage, ok, status, standing, event):
    processing = payment(stage, "pm_usBankAccount")
    assert processing.status == "processing"
    assert _standings(stage) == [Standing.PENDING]

    stage.control("settle", payment=processing.id, ok=ok)

    assert stage.v1.payment_intents.retrieve(processing.id).status == status
    assert _standings(stage) == [standing]
    assert event in stage.types()


def test_held_money_is_taken_in_part_and_the_rest_released(stage):
    held = payment(stage, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 5_000)
    assert _standings(stage) == [Standing.AUTHORIZED]

    taken = stage.v1.payment_intents.capture(held.id, {"amount_to_capture": 3_000})

    assert (taken.status, taken.amount_received) == ("succeeded", 3_000)
    assert stage.book.captured() == {held.id: 3_000}
    refund = stage.v1.refunds.create({"payment_intent": held.id})
    assert refund.amount == 3_000


@pytest.mark.parametrize("amount", [0, 5_001])
def test_no_more_than_was_held_can_be_taken(stage, amount):
    held = payment(stage, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError, match="amount_to_capture"):
        stage.v1.payment_intents.capture(held.id, {"amount_to_capture": amount})


def test_held_money_is_released_by_a_cancel(stage):
    held = payment(stage, capture_method="manual")

    canceled = stage.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})

    assert canceled.status == "canceled"
    assert _standings(stage) == [Standing.RELEASED]
    assert [fact.status for fact in facts_of(stage, PaymentFact)][-1] is PaymentStatus.CANCELED


@pytest.mark.parametrize("verb", ["confirm", "cancel", "capture"])
def test_what_is_paid_cannot_be_paid_canceled_or_captured_again(stage, verb):
    paid = payment(stage)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        getattr(stage.v1.payment_intents, verb)(paid.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.json_body["error"]["payment_intent"]["id"] == paid.id


def test_an_intent_without_a_method_cannot_be_confirmed(stage):
    made = stage.v1.payment_intents.create({"amount": 100, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        stage.v1.payment_intents.confirm(made.id)


def test_an_intent_is_found_by_customer_and_changed_until_it_is_paid(stage):
    customer = stage.v1.customers.create({})
    made = stage.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": customer.id})
    stage.v1.payment_intents.update(made.id, {"amount": 200, "metadata": {"attempt": "a1"}})
    paid = stage.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})

    assert [one.id for one in stage.v1.payment_intents.list({"customer": customer.id}).data] == [made.id]
    assert (paid.amount_received, paid.metadata["attempt"]) == (200, "a1")
    with pytest.raises(stripe.InvalidRequestError):
        stage.v1.payment_intents.update(made.id, {"amount": 300})


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [(5_000, "jpy", 5_000), (500, "isk", 5), (100, "mga", 10_000), (1_000, "kwd", 1_000)],
)
def test_the_book_counts_in_iso_minor_units(stage, amount, currency, minor):
    paid = payment(stage, amount=amount, currency=currency)

    assert stage.book.captured() == {paid.id: minor}
    assert {fact.amount_minor for fact in facts_of(stage, PaymentFact)} == {minor}


@pytest.mark.parametrize(("amount", "currency"), [(0, "usd"), (-5, "usd"), (150, "isk"), (100, "euros")])
def test_an_amount_that_cannot_be_charged_is_refused(stage, amount, currency):
    with pytest.raises(stripe.InvalidRequestError):
        payment(stage, amount=amount, currency=currency)

    assert stage.book.rows() == []


def test_off_session_means_nothing_without_confirm(stage):
    with pytest.raises(stripe.InvalidRequestError, match="confirm"):
        stage.v1.payment_intents.create({"amount": 100, "currency": "usd", "off_session": True})
