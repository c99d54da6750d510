from datetime import UTC, datetime

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import CheckoutFact, Claims, PaymentFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from bursar.sandbox.samples import razorpay_payment_events
from tests.gateways.razorpay.reading import CLAIMED, document_of, read_event, the

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


def test_a_captured_payment_is_money():
    assert the(PaymentFact, read_event("payment.captured", metadata=CLAIMED)) == PaymentFact(
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
    fact = the(PaymentFact, read_event("payment.captured", {"payment": {"notes": notes}}))

    assert fact.claims == Claims(checkouts=("order_demo0001",), gateway_customer="cust_demo0001")


def test_a_payment_without_an_order_claims_no_checkout():
    reading = read_event("payment.captured", {"payment": {"order_id": None, "customer_id": None}})

    assert the(PaymentFact, reading).claims == Claims()


def test_notes_may_say_how_to_spread_the_money():
    reading = read_event("payment.captured", metadata={"components": "tuition=60000,books=40000"})

    assert the(PaymentFact, reading).claims.components == (("tuition", 60_000), ("books", 40_000))


@pytest.mark.parametrize(
    ("event_type", "entity", "status"),
    [
        ("payment.authorized", {"status": "authorized", "captured": False}, PaymentStatus.AUTHORIZED),
        ("payment.authorized", {"status": "authorized", "captured": True}, PaymentStatus.SUCCEEDED),
        ("payment.authorized", {"status": "authorized", "captured": "1"}, PaymentStatus.SUCCEEDED),
        ("payment.authorized", {"status": "authorized", "captured": "0"}, PaymentStatus.AUTHORIZED),
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
    assert the(PaymentFact, read_event(event_type, {"payment": entity})).status is status


def test_a_failed_payment_says_why():
    reading = read_event("payment.failed", decline_code="card_expired")

    assert the(PaymentFact, reading).decline_code == "card_expired"


def test_without_a_reason_the_error_code_says_why():
    reading = read_event("payment.failed", {"payment": {"error_reason": None}})

    assert the(PaymentFact, reading).decline_code == "BAD_REQUEST_ERROR"


def test_a_late_success_carries_no_decline_code():
    entity = {"status": "captured", "captured": True}

    assert the(PaymentFact, read_event("payment.failed", {"payment": entity})).decline_code is None


def test_a_paid_order_is_the_same_payment_and_a_completed_checkout():
    payment, fee, checkout = read_event("order.paid", metadata=CLAIMED)

    assert (payment, fee) == read_event("payment.captured", metadata=CLAIMED)
    assert checkout == CheckoutFact(
        status=CheckoutStatus.COMPLETED,
        checkout="order_demo0001",
        payment="pay_demo0001",
        occurred_at=AT,
    )


def test_notes_of_the_order_count_where_the_payment_has_none():
    changes = {"payment": {"notes": [], "order_id": None}, "order": {"notes": CLAIMED}}
    claims = the(PaymentFact, read_event("order.paid", changes)).claims

    assert (claims.invoice, claims.checkouts) == ("INV-7", ("order_demo0001",))


@pytest.mark.parametrize("notes", [{"invoice": "INV-8"}, {"invoice_id": "INV-8"}])
def test_notes_of_the_payment_outrank_the_orders(notes):
    changes = {"payment": {"notes": notes}, "order": {"notes": CLAIMED}}
    claims = the(PaymentFact, read_event("order.paid", changes)).claims

    assert (claims.invoice, claims.customer) == ("INV-8", "s-7")


def test_an_order_still_being_paid_completes_no_checkout():
    reading = read_event("order.paid", {"order": {"status": "attempted"}})

    assert the(PaymentFact, reading)
    assert not [fact for fact in reading if isinstance(fact, CheckoutFact)]


def test_registering_a_mandate_completes_the_checkout_without_money():
    (fact,) = read_event("order.paid", {"payment": {"amount": 0}, "order": {"amount": 0}})

    assert isinstance(fact, CheckoutFact)


@pytest.mark.parametrize("event_type", ["payment.authorized", "payment.captured", "payment.failed"])
def test_a_payment_of_nothing_is_no_money(event_type):
    assert read_event(event_type, {"payment": {"amount": 0}}) == Ignored(reason="no money")


def test_every_announcement_of_one_payment_agrees_about_the_money():
    documents = [strictjson.loads(body) for body in razorpay_payment_events(amount_minor=4_200)]
    facts = [fact for document in documents for fact in read(document["event"], document)]
    payments = [fact for fact in facts if isinstance(fact, PaymentFact)]

    assert len(payments) == 3
    assert {(fact.payment, fact.amount_minor, fact.currency) for fact in payments} == {
        ("pay_demo0001", 4_200, "INR")
    }


@pytest.mark.parametrize(
    ("event_type", "changes", "reason"),
    [
        ("payment.captured", {"payment": {"status": "authorized"}}, "payment.entity.status"),
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
    ],
)
def test_what_is_behind_its_type_is_unreadable_and_names_the_field(event_type, changes, reason):
    changes.get("payment", {}).setdefault("captured", False)
    with pytest.raises(Unreadable, match=reason):
        read_event(event_type, changes)


@pytest.mark.parametrize("amount", [1.0, 100.5, "100", True, -1, 10**13 + 1, None, [], {}])
@pytest.mark.parametrize(
    "event_type", ["payment.captured", "order.paid", "payment_link.paid", "invoice.paid"]
)
def test_an_amount_that_is_not_whole_minor_units_is_unreadable(event_type, amount):
    with pytest.raises(Unreadable, match=r"payload\.payment\.entity\.amount must be an integer"):
        read_event(event_type, {"payment": {"amount": amount}})


def test_without_a_time_of_its_own_an_event_is_as_old_as_its_entity():
    document = document_of("payment.captured") | {"created_at": None}
    fact = the(PaymentFact, read("payment.captured", document))

    assert fact.occurred_at == datetime(2026, 11, 18, 11, 6, 10, tzinfo=UTC)


def test_without_any_time_a_fact_has_none():
    document = document_of("payment.captured", {"payment": {"created_at": None}}) | {"created_at": None}

    assert the(PaymentFact, read("payment.captured", document)).occurred_at is None
