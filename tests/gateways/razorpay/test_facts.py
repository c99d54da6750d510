from datetime import UTC, datetime
from typing import Any

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Ignored, Reading, Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import CheckoutFact, Claims, PaymentFact, RefundFact
from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus
from bursar.sandbox.samples import razorpay_event, razorpay_payment_events

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}


def _document(event_type: str, changes: dict[str, dict[str, Any]] | None = None, **story: Any) -> Document:
    document = strictjson.loads(razorpay_event(event_type, **story))
    for kind, fields in (changes or {}).items():
        document["payload"][kind]["entity"].update(fields)
    return document


def _read(event_type: str, changes: dict[str, dict[str, Any]] | None = None, **story: Any) -> Reading:
    return read(event_type, _document(event_type, changes, **story))


def _only(reading: Reading) -> Any:
    assert isinstance(reading, tuple)
    (fact,) = reading
    return fact


def test_a_captured_payment_is_money():
    assert _only(_read("payment.captured", metadata=CLAIMED)) == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="pay_demo0001",
        amount_minor=6_100_000,
        currency="INR",
        occurred_at=AT,
        claims=Claims(
            invoice="INV-7",
            customer="s-7",
            track="web",
            checkouts=("order_demo0001",),
            gateway_customer="cust_demo0001",
        ),
        method="upi",
        attempt="pay_demo0001",
    )


@pytest.mark.parametrize("notes", [[], None, {}, {"comment": "see you"}, ["INV-7"], "INV-7"])
def test_empty_notes_of_any_shape_claim_nothing(notes):
    fact = _only(_read("payment.captured", {"payment": {"notes": notes}}))

    assert (fact.claims.invoice, fact.claims.customer, fact.claims.track) == (None, None, None)


def test_a_payment_without_an_order_claims_no_checkout():
    fact = _only(_read("payment.captured", {"payment": {"order_id": None, "customer_id": None}}))

    assert fact.claims == Claims()


@pytest.mark.parametrize(
    ("event_type", "entity", "status"),
    [
        ("payment.authorized", {"status": "authorized", "captured": False}, PaymentStatus.AUTHORIZED),
        ("payment.authorized", {"status": "authorized", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.authorized", {"status": "authorized", "captured": "false"}, PaymentStatus.AUTHORIZED),
        ("payment.authorized", {"status": "captured", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.authorized", {"status": "refunded", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.authorized", {"status": "refunded", "captured": False}, PaymentStatus.AUTHORIZED),
        ("payment.captured", {"status": "captured", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.captured", {"status": "refunded", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.failed", {"status": "failed", "captured": False}, PaymentStatus.FAILED),
        ("payment.failed", {"status": "authorized", "captured": False}, PaymentStatus.AUTHORIZED),
        ("payment.failed", {"status": "captured", "captured": True}, PaymentStatus.SUCCEEDED),
    ],
)
def test_the_entity_may_be_ahead_of_the_event(event_type, entity, status):
    assert _only(_read(event_type, {"payment": entity})).status is status


def test_a_failed_payment_says_why():
    assert _only(_read("payment.failed", decline_code="card_expired")).decline_code == "card_expired"


def test_without_a_reason_the_error_code_says_why():
    fact = _only(_read("payment.failed", {"payment": {"error_reason": None}}))

    assert fact.decline_code == "BAD_REQUEST_ERROR"


def test_a_late_success_carries_no_decline_code():
    entity = {"status": "captured", "captured": True}

    assert _only(_read("payment.failed", {"payment": entity})).decline_code is None


def test_a_paid_order_is_the_same_payment_and_a_completed_checkout():
    payment, checkout = _read("order.paid", metadata=CLAIMED)

    assert payment == _only(_read("payment.captured", metadata=CLAIMED))
    assert checkout == CheckoutFact(
        status=CheckoutStatus.COMPLETED,
        checkout="order_demo0001",
        payment="pay_demo0001",
        occurred_at=AT,
    )


def test_notes_of_the_order_count_where_the_payment_has_none():
    changes = {"payment": {"notes": [], "order_id": None}, "order": {"notes": CLAIMED}}
    payment, _ = _read("order.paid", changes)

    assert (payment.claims.invoice, payment.claims.checkouts) == ("INV-7", ("order_demo0001",))


def test_notes_of_the_payment_outrank_the_orders():
    changes = {"payment": {"notes": {"invoice": "INV-8"}}, "order": {"notes": CLAIMED}}
    payment, _ = _read("order.paid", changes)

    assert (payment.claims.invoice, payment.claims.customer) == ("INV-8", "s-7")


def test_an_order_still_being_paid_completes_no_checkout():
    fact = _only(_read("order.paid", {"order": {"status": "attempted"}}))

    assert isinstance(fact, PaymentFact)


def test_registering_a_mandate_completes_the_checkout_without_money():
    fact = _only(_read("order.paid", {"payment": {"amount": 0}, "order": {"amount": 0}}))

    assert isinstance(fact, CheckoutFact)


@pytest.mark.parametrize("event_type", ["payment.authorized", "payment.captured", "payment.failed"])
def test_a_payment_of_nothing_is_no_money(event_type):
    assert _read(event_type, {"payment": {"amount": 0}}) == Ignored(reason="no money")


def test_every_announcement_of_one_payment_agrees_about_the_money():
    documents = [strictjson.loads(body) for body in razorpay_payment_events(amount_minor=4_200)]
    facts = [fact for document in documents for fact in read(document["event"], document)]
    payments = [fact for fact in facts if isinstance(fact, PaymentFact)]

    assert len(payments) == 3
    assert {(fact.payment, fact.amount_minor, fact.currency) for fact in payments} == {
        ("pay_demo0001", 4_200, "INR")
    }


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
    assert _only(_read(event_type, {"refund": {"status": word}}, refund_minor=500)) == RefundFact(
        status=status,
        refund="rfnd_demo0001",
        payment="pay_demo0001",
        amount_minor=500,
        currency="INR",
        occurred_at=AT,
    )


@pytest.mark.parametrize("event_type", ["refund.created", "refund.processed", "refund.failed"])
def test_returning_what_was_never_captured_refunds_nothing(event_type):
    reading = _read(event_type, {"payment": {"captured": False, "status": "refunded"}})

    assert reading == Ignored(reason="authorization released")


def test_a_refund_without_its_payment_beside_it_is_still_a_refund():
    document = _document("refund.processed")
    del document["payload"]["payment"]

    assert _only(read("refund.processed", document)).payment == "pay_demo0001"


@pytest.mark.parametrize(
    ("event_type", "changes", "reason"),
    [
        (
            "payment.captured",
            {"payment": {"status": "authorized", "captured": False}},
            "payment.entity.status",
        ),
        ("payment.captured", {"payment": {"status": "failed"}}, "payment.entity.status"),
        ("payment.captured", {"payment": {"status": "unheard_of"}}, "payment.entity.status"),
        ("payment.captured", {"payment": {"status": None}}, "payment.entity.status"),
        ("payment.authorized", {"payment": {"status": "failed"}}, "payment.entity.status"),
        ("payment.captured", {"payment": {"id": None}}, "payment.entity.id must be"),
        ("payment.captured", {"payment": {"currency": None}}, "payment.entity.currency must be"),
        ("order.paid", {"order": {"status": "unheard_of"}}, "order.entity.status"),
        ("order.paid", {"order": {"status": ["paid"]}}, "order.entity.status"),
        ("order.paid", {"order": {"id": ""}}, "order.entity.id must be"),
        ("order.paid", {"payment": {"status": "created"}}, "payment.entity.status"),
        ("refund.created", {"refund": {"status": "unheard_of"}}, "refund.entity.status"),
        ("refund.created", {"refund": {"status": {}}}, "refund.entity.status"),
        ("refund.processed", {"refund": {"status": "pending"}}, "refund.entity.status"),
        ("refund.failed", {"refund": {"status": "processed"}}, "refund.entity.status"),
        ("refund.created", {"refund": {"payment_id": None}}, "refund.entity.payment_id must be"),
        ("refund.created", {"refund": {"amount": 0}}, "refund.entity.amount must be"),
    ],
)
def test_what_is_behind_its_type_is_unreadable_and_names_the_field(event_type, changes, reason):
    with pytest.raises(Unreadable, match=reason):
        _read(event_type, changes)


@pytest.mark.parametrize("amount", [1.0, 100.5, "100", True, -1, 10**13 + 1, None, [], {}])
@pytest.mark.parametrize(
    ("event_type", "kind"),
    [("payment.captured", "payment"), ("order.paid", "payment"), ("refund.processed", "refund")],
)
def test_an_amount_that_is_not_whole_minor_units_is_unreadable(event_type, kind, amount):
    with pytest.raises(Unreadable, match=f"payload.{kind}.entity.amount must be an integer"):
        _read(event_type, {kind: {"amount": amount}})


@pytest.mark.parametrize("payload", [None, [], {}, {"payment": []}, {"payment": {"entity": []}}])
def test_a_handled_event_without_its_entity_is_unreadable(payload):
    with pytest.raises(Unreadable, match=r"payload\.payment\.entity must be an object"):
        read("payment.captured", {"payload": payload})


@pytest.mark.parametrize("event_type", ["payment_link.paid", "payment.dispute.created", "", "ORDER.PAID"])
def test_any_other_type_is_ignored_whatever_it_carries(event_type):
    assert read(event_type, {}) == Ignored(reason="unhandled type")


def test_without_a_time_of_its_own_an_event_is_as_old_as_its_entity():
    document = _document("payment.captured") | {"created_at": None}

    assert _only(read("payment.captured", document)).occurred_at == datetime(
        2026, 11, 18, 11, 6, 10, tzinfo=UTC
    )


def test_without_any_time_a_fact_has_none():
    document = _document("payment.captured", {"payment": {"created_at": None}}) | {"created_at": None}

    assert _only(read("payment.captured", document)).occurred_at is None
