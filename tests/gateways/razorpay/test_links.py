from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Ignored, Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import CheckoutFact, FeeFact, GatewayInvoiceFact, PaymentFact
from bursar.rules.states import CheckoutStatus, GatewayInvoiceStatus
from tests.gateways.razorpay.reading import CLAIMED, document_of, facts_of, read_event, the

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
NOT_YET = {"payment_link": {"status": "partially_paid"}}


def test_a_paid_link_is_money_and_a_completed_checkout():
    payment, fee, checkout = read_event("payment_link.paid")

    assert payment.claims.checkouts == ("order_demo0001", "plink_demo0001")
    assert isinstance(fee, FeeFact)
    assert checkout == CheckoutFact(
        status=CheckoutStatus.COMPLETED, checkout="plink_demo0001", payment="pay_demo0001", occurred_at=AT
    )


def test_a_link_paid_in_part_is_money_and_no_completed_checkout():
    reading = read_event("payment_link.partially_paid")

    assert the(PaymentFact, reading).amount_minor == 6_100_000
    assert facts_of(CheckoutFact, reading) == []


@pytest.mark.parametrize(("word", "completed"), [("paid", 1), ("partially_paid", 0), (None, 0)])
def test_the_last_part_may_be_told_before_the_word_for_it(word, completed):
    reading = read_event("payment_link.partially_paid", {"payment_link": {"status": word}})

    assert len(facts_of(CheckoutFact, reading)) == completed


@pytest.mark.parametrize("word", ["cancelled", "expired"])
def test_a_closed_link_is_an_expired_checkout_since_its_own_time(word):
    (checkout,) = read_event(f"payment_link.{word}", {"payment_link": {f"{word}_at": 1_795_000_001}})

    assert checkout == CheckoutFact(
        status=CheckoutStatus.EXPIRED,
        checkout="plink_demo0001",
        occurred_at=datetime(2026, 11, 18, 11, 6, 41, tzinfo=UTC),
    )


def test_the_time_in_the_envelope_of_a_link_is_not_that_of_the_payment():
    document = document_of("payment_link.paid") | {"created_at": 1_700_000_000}
    payment = the(PaymentFact, read("payment_link.paid", document))

    assert payment.occurred_at == datetime(2026, 11, 18, 11, 6, 10, tzinfo=UTC)


def test_the_order_beside_a_link_has_no_id_that_anybody_knows():
    changes = {"payment": {"order_id": None}, "payment_link": {"order_id": None}}
    document = document_of("payment_link.paid", changes)

    assert document["payload"]["order"]["entity"]["id"] == "demo0001"
    assert the(PaymentFact, read("payment_link.paid", document)).claims.checkouts == ("plink_demo0001",)


@pytest.mark.parametrize(
    ("payment_notes", "link_notes", "reference", "invoice"),
    [
        ([], None, "INV-9", "INV-9"),
        ([], {"invoice": "INV-8"}, "INV-9", "INV-8"),
        ({"invoice": "INV-7"}, {"invoice": "INV-8"}, "INV-9", "INV-7"),
        ([], None, "", None),
        ([], None, None, None),
        ([], None, "sample.learner@example.com", None),
        ([], None, "+910000000000", None),
    ],
)
def test_a_link_may_name_the_invoice_in_notes_or_as_its_reference(
    payment_notes, link_notes, reference, invoice
):
    changes = {
        "payment": {"notes": payment_notes},
        "payment_link": {"notes": link_notes, "reference_id": reference},
        "order": {"notes": []},
    }

    assert the(PaymentFact, read_event("payment_link.paid", changes)).claims.invoice == invoice


def test_a_mandate_registered_through_a_link_completes_it_without_money():
    (fact,) = read_event("payment_link.paid", {"payment": {"amount": 0}})

    assert isinstance(fact, CheckoutFact)


def test_nothing_paid_through_a_link_still_open_is_no_money():
    reading = read_event("payment_link.paid", {"payment": {"amount": 0}, **NOT_YET})

    assert reading == Ignored(reason="no money")


def test_a_paid_invoice_is_money_and_where_the_invoice_stands():
    payment, fee, invoice = read_event("invoice.paid", metadata=CLAIMED)

    assert (payment.payment, payment.claims.invoice) == ("pay_demo0001", "INV-7")
    assert isinstance(fee, FeeFact)
    assert invoice == GatewayInvoiceFact(
        invoice="inv_demo0001",
        status=GatewayInvoiceStatus.PAID,
        occurred_at=AT,
        payment="pay_demo0001",
        gateway_customer="cust_demo0001",
        due_minor=6_100_000,
        paid_minor=6_100_000,
        currency="INR",
    )


def test_a_later_part_of_an_invoice_is_the_payment_beside_it():
    reading = read_event("invoice.partially_paid", {"invoice": {"payment_id": "pay_first"}})
    invoice = the(GatewayInvoiceFact, reading)

    assert (invoice.status, invoice.payment) == (GatewayInvoiceStatus.PARTIALLY_PAID, "pay_demo0001")
    assert (invoice.due_minor, invoice.paid_minor) == (12_200_000, 6_100_000)


def test_an_expired_invoice_says_so_without_money():
    (invoice,) = read_event("invoice.expired")

    assert (invoice.status, invoice.payment) == (GatewayInvoiceStatus.EXPIRED, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", GatewayInvoiceStatus.DRAFT),
        ("issued", GatewayInvoiceStatus.OPEN),
        ("partially_paid", GatewayInvoiceStatus.PARTIALLY_PAID),
        ("paid", GatewayInvoiceStatus.PAID),
        ("expired", GatewayInvoiceStatus.EXPIRED),
        ("cancelled", GatewayInvoiceStatus.VOID),
        ("deleted", GatewayInvoiceStatus.VOID),
        (None, GatewayInvoiceStatus.EXPIRED),
    ],
)
def test_an_invoice_has_the_state_its_entity_says(word, status):
    assert (
        the(GatewayInvoiceFact, read_event("invoice.expired", {"invoice": {"status": word}})).status is status
    )


def test_notes_of_an_invoice_name_what_it_is_for():
    changes = {"payment": {"notes": []}, "order": {"notes": []}, "invoice": {"notes": CLAIMED}}
    claims = the(PaymentFact, read_event("invoice.paid", changes)).claims

    assert (claims.invoice, claims.customer, claims.subscriber) == ("INV-7", "s-7", None)


def test_notes_of_a_renewal_only_name_the_subscriber():
    changes = {
        "payment": {"notes": []},
        "order": {"notes": []},
        "invoice": {"notes": CLAIMED, "subscription_id": "sub_1"},
    }
    reading = read_event("invoice.paid", changes)
    claims = the(PaymentFact, reading).claims

    assert (claims.invoice, claims.customer, claims.subscriber) == (None, None, "s-7")
    assert the(GatewayInvoiceFact, reading).subscription == "sub_1"


@pytest.mark.parametrize(
    ("event_type", "kind", "fields", "reason"),
    [
        ("payment_link.paid", "payment_link", {"id": None}, r"payment_link\.entity\.id must be"),
        ("payment_link.paid", "payment_link", {"status": "odd"}, r"payment_link\.entity\.status"),
        ("payment_link.paid", "payment", {"status": "failed"}, r"payment\.entity\.status"),
        ("payment_link.expired", "payment_link", {"status": ["paid"]}, r"payment_link\.entity\.status"),
        ("invoice.paid", "invoice", {"id": 7}, r"invoice\.entity\.id must be"),
        ("invoice.paid", "invoice", {"status": "odd"}, r"invoice\.entity\.status"),
        ("invoice.paid", "payment", {"status": "authorized", "captured": False}, r"payment\.entity\.status"),
    ],
)
def test_what_makes_no_sense_is_unreadable_and_names_the_field(event_type, kind, fields, reason):
    with pytest.raises(Unreadable, match=reason):
        read_event(event_type, {kind: fields})
