from datetime import UTC, datetime
from typing import Any

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Ignored, NeedsFetch, Reading
from bursar.gateways.stripe.facts import read
from bursar.rules.facts import CheckoutFact, Claims, PaymentFact, RefundFact, RefundWatermark
from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus
from bursar.sandbox.samples import stripe_event, stripe_payment_events

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}
REFUND_TYPES = ["refund.created", "refund.updated", "charge.refund.updated"]


def _document(event_type: str, changes: dict[str, Any] | None = None, **story: Any) -> Document:
    document = strictjson.loads(stripe_event(event_type, **story))
    document["data"]["object"].update(changes or {})
    return document


def _read(event_type: str, changes: dict[str, Any] | None = None, **story: Any) -> Reading:
    return read(event_type, _document(event_type, changes, **story))


def _only(reading: Reading) -> Any:
    assert isinstance(reading, tuple)
    (fact,) = reading
    return fact


def test_a_succeeded_intent_is_a_payment_under_the_intents_id():
    assert _only(_read("payment_intent.succeeded", metadata=CLAIMED, customer="cus_7")) == PaymentFact(
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
    assert _only(_read("payment_intent.succeeded", {"amount_received": 70_000})).amount_minor == 70_000


def test_versions_that_list_charges_name_every_attempt():
    charges = {"object": "list", "data": [{"id": "ch_2"}, {"id": "ch_1"}]}
    fact = _only(_read("payment_intent.succeeded", {"charges": charges, "latest_charge": None}))

    assert fact.aliases == ("ch_2", "ch_1")
    assert fact.attempt == "ch_2"


def test_an_expanded_charge_gives_its_id_and_method():
    charge = {"id": "ch_9", "payment_method_details": {"type": "us_bank_account"}}
    fact = _only(_read("payment_intent.succeeded", {"latest_charge": charge}))

    assert fact.aliases == ("ch_9",)
    assert fact.method == "us_bank_account"


def test_with_several_allowed_methods_the_intent_does_not_say_which():
    assert _only(_read("payment_intent.succeeded", {"payment_method_types": ["card", "link"]})).method is None


def test_an_expanded_customer_gives_only_its_id():
    customer = {"id": "cus_9", "email": "learner@example.com", "name": "Sample Learner"}

    assert _only(_read("charge.succeeded", {"customer": customer})).claims.gateway_customer == "cus_9"


def test_a_processing_intent_is_not_money_yet():
    fact = _only(_read("payment_intent.processing"))

    assert (fact.status, fact.amount_minor) == (PaymentStatus.PROCESSING, 120_000)


def test_a_failed_attempt_says_why():
    fact = _only(_read("payment_intent.payment_failed", decline_code="expired_card"))

    assert fact.status is PaymentStatus.FAILED
    assert fact.decline_code == "expired_card"
    assert fact.attempt == "ch_demo_0001_declined"
    assert fact.method == "card"


def test_without_a_decline_code_the_error_code_says_why():
    error = {"code": "payment_intent_authentication_failure", "message": "Asha did not answer"}
    fact = _only(_read("payment_intent.payment_failed", {"last_payment_error": error}))

    assert fact.decline_code == "payment_intent_authentication_failure"


def test_a_captured_charge_is_the_intents_payment():
    fact = _only(_read("charge.succeeded"))

    assert (fact.status, fact.payment) == (PaymentStatus.SUCCEEDED, "pi_demo_0001")
    assert (fact.aliases, fact.attempt) == (("ch_demo_0001",), "ch_demo_0001")


def test_a_charge_without_an_intent_is_its_own_payment():
    fact = _only(_read("charge.succeeded", {"payment_intent": None}))

    assert (fact.payment, fact.aliases) == ("ch_demo_0001", ())


def test_an_uncaptured_charge_is_only_authorized():
    fact = _only(_read("charge.succeeded", {"captured": False, "amount_captured": 0}))

    assert (fact.status, fact.amount_minor) == (PaymentStatus.AUTHORIZED, 120_000)


def test_of_a_charge_only_the_captured_part_is_money():
    assert _only(_read("charge.succeeded", {"amount_captured": 5_000})).amount_minor == 5_000


def test_every_announcement_of_one_payment_agrees_about_the_money():
    documents = [strictjson.loads(body) for body in stripe_payment_events(amount_minor=4_200)]
    facts = [fact for document in documents for fact in read(document["type"], document)]
    succeeded = [
        fact for fact in facts if isinstance(fact, PaymentFact) and fact.status is PaymentStatus.SUCCEEDED
    ]

    assert len(succeeded) == 3
    assert {(fact.payment, fact.amount_minor, fact.currency) for fact in succeeded} == {
        ("pi_demo_0001", 4_200, "USD")
    }


def test_a_paid_session_is_a_payment_and_a_completed_checkout():
    payment, checkout = _read("checkout.session.completed", client_reference_id="INV-8")

    assert payment == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="pi_demo_0001",
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
        claims=Claims(invoice="INV-8", checkouts=("cs_test_demo_0001",), gateway_customer="cus_demo_0001"),
        method="card",
    )
    assert checkout == CheckoutFact(
        status=CheckoutStatus.COMPLETED, checkout="cs_test_demo_0001", payment="pi_demo_0001", occurred_at=AT
    )


def test_metadata_outranks_the_client_reference():
    payment, _ = _read("checkout.session.completed", metadata=CLAIMED, client_reference_id="INV-8")

    assert payment.claims.invoice == "INV-7"


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": 0},
        {"payment_intent": None, "subscription": "sub_1"},
        {"amount_total": 0},
    ],
)
def test_a_session_without_money_of_its_own_is_only_a_completed_checkout(changes):
    fact = _only(_read("checkout.session.completed", changes))

    assert isinstance(fact, CheckoutFact)
    assert fact.status is CheckoutStatus.COMPLETED


def test_an_unpaid_session_says_whose_money_is_on_its_way_and_grants_nothing():
    payment, done = _read("checkout.session.completed", {"payment_status": "unpaid"}, metadata=CLAIMED)

    assert payment.status is PaymentStatus.PROCESSING
    assert payment.claims.invoice == "INV-7"
    assert done.status is CheckoutStatus.COMPLETED


def test_a_session_from_before_payment_status_is_only_a_completed_checkout():
    document = _document("checkout.session.completed")
    del document["data"]["object"]["payment_status"]

    assert isinstance(_only(read("checkout.session.completed", document)), CheckoutFact)


def test_an_expired_session_is_an_expired_checkout():
    fact = _only(_read("checkout.session.expired"))

    assert fact == CheckoutFact(
        status=CheckoutStatus.EXPIRED, checkout="cs_test_demo_0001", payment=None, occurred_at=AT
    )


def test_a_refunded_charge_tells_how_much_went_back_in_all():
    assert _only(_read("charge.refunded", refund_minor=30_000)) == RefundWatermark(
        payment="pi_demo_0001", refunded_minor=30_000, currency="USD", occurred_at=AT
    )


def test_versions_that_list_refunds_tell_each_of_them():
    refunds = {
        "object": "list",
        "data": [
            {"id": "re_2", "amount": 200, "currency": "usd", "status": "pending", "reason": None},
            {"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded", "reason": "duplicate"},
        ],
    }
    watermark, second, first = _read("charge.refunded", {"refunds": refunds}, refund_minor=300)

    assert watermark.refunded_minor == 300
    assert (second.refund, second.status, second.payment) == ("re_2", RefundStatus.PENDING, "pi_demo_0001")
    assert (first.refund, first.status, first.reason) == ("re_1", RefundStatus.SUCCEEDED, "duplicate")


def test_releasing_an_authorization_refunds_nothing():
    assert _read("charge.refunded", {"captured": False}) == Ignored(reason="authorization released")


@pytest.mark.parametrize("event_type", REFUND_TYPES)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.CANCELED),
    ],
)
def test_a_refund_has_the_state_its_object_says(event_type, word, status):
    assert _only(_read(event_type, {"status": word}, refund_minor=500)) == RefundFact(
        status=status,
        refund="re_demo_0001",
        payment="pi_demo_0001",
        amount_minor=500,
        currency="USD",
        occurred_at=AT,
        reason="requested_by_customer",
    )


@pytest.mark.parametrize(
    ("word", "status"), [("failed", RefundStatus.FAILED), ("canceled", RefundStatus.CANCELED)]
)
def test_a_failed_refund_says_why(word, status):
    fact = _only(_read("refund.failed", {"status": word}))

    assert (fact.status, fact.reason) == (status, "expired_or_canceled_card")


def test_a_refund_of_a_bare_charge_names_the_charge():
    assert _only(_read("refund.updated", {"payment_intent": None})).payment == "ch_demo_0001"


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        ("payment_intent.succeeded", {"amount_received": 0}),
        ("payment_intent.processing", {"amount": 0}),
        ("charge.succeeded", {"amount_captured": 0}),
    ],
)
def test_a_set_up_without_a_charge_is_no_money(event_type, changes):
    assert _read(event_type, changes) == Ignored(reason="no money")


@pytest.mark.parametrize("event_type", ["invoice.upcoming", "payment_intent.created", "", "CHARGE.SUCCEEDED"])
def test_any_other_type_is_ignored_whatever_it_carries(event_type):
    assert read(event_type, {}) == Ignored(reason="unhandled type")


@pytest.mark.parametrize("event_type", ["v1.charge.succeeded", "charge.succeeded"])
def test_a_thin_event_waits_until_its_object_is_fetched(event_type):
    thin = {"object": "v2.core.event", "related_object": {"id": "ch_1", "type": "charge"}}

    assert read(event_type, thin) == NeedsFetch(object_id="ch_1")


@pytest.mark.parametrize("related", [None, {}, {"id": None}, {"id": "ch\n1"}, "ch_1", []])
def test_a_thin_event_that_names_no_object_has_nothing_to_fetch(related):
    thin = {"object": "v2.core.event", "related_object": related}

    assert read("v1.charge.succeeded", thin) == Ignored(reason="thin event without an object")


@pytest.mark.parametrize("event_type", ["v1.product.updated", "v2.core.account.updated", "v1."])
def test_a_thin_event_that_we_would_not_read_is_not_fetched(event_type):
    thin = {"object": "v2.core.event", "related_object": {"id": "acct_1"}}

    assert read(event_type, thin) == Ignored(reason="unhandled type")


def test_an_event_without_a_time_has_facts_without_a_time():
    document = _document("charge.succeeded") | {"created": None}

    assert _only(read("charge.succeeded", document)).occurred_at is None
