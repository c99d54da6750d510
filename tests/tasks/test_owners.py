"""Money that changes hands: better evidence came after papers and mails were reserved."""

import pytest

from bursar.sandbox.samples import stripe_event
from models.parties import CustomerGatewayRef
from models.session import transaction
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.events import apply_events
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value


def pay(payment="pi_1", **story):
    store_event(
        stripe_event(
            "payment_intent.succeeded", payment=payment, amount_minor=100_00, currency="USD", **story
        )
    )
    apply_events()


@pytest.fixture
def owners():
    """A, whose gateway customer paid, and B, whose invoice it was."""
    a, b = make_customer("Student A"), make_customer("Student B")
    with transaction() as session:
        session.add(CustomerGatewayRef(customer_id=a.id, gateway_account="stripe:test", external_id="cus_a"))
    make_invoice(b, [100_00], currency="USD")
    return a, b


def say_it_was_for_b():
    number = value("SELECT number FROM invoices")
    store_event(
        stripe_event(
            "charge.succeeded",
            payment="pi_1",
            amount_minor=100_00,
            currency="USD",
            metadata={"invoice": number},
        )
    )
    apply_events()


def test_a_mail_reserved_for_one_customer_goes_to_the_one_whose_money_it_is(owners):
    _, b = owners
    pay(customer="cus_a")
    say_it_was_for_b()
    execute("UPDATE documents SET not_before = now()")

    render_documents()
    send_emails()

    assert rows("SELECT customer_id, state FROM emails WHERE kind = 'payment.received'") == [(b.id, "done")]


def test_a_receipt_made_out_to_one_customer_is_mailed_to_nobody_once_it_was_another_s_money(owners):
    pay(customer="cus_a")
    execute("UPDATE documents SET not_before = now()")
    render_documents()
    say_it_was_for_b()

    send_emails()

    [(state, error)] = rows("SELECT state, error_class FROM emails WHERE kind = 'payment.received'")
    assert (state, error) == ("dead", "OwnerChanged")


def test_a_refund_of_nobody_s_money_is_mailed_once_somebody_is_known(owners):
    pay(customer=None)
    store_event(
        stripe_event(
            "refund.updated", payment="pi_1", refund_minor=40_00, amount_minor=100_00, currency="USD"
        )
    )
    apply_events()
    before = value("SELECT count(*) FROM emails WHERE kind = 'refund.processed'")
    say_it_was_for_b()

    assert before == 0
    assert rows("SELECT customer_id FROM emails WHERE kind = 'refund.processed'") == [(owners[1].id,)]
