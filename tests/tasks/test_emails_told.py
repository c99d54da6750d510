"""Mails that events cause: of failures, unless they were paid after all, and of disputes."""

import email
from email import policy

import pytest

from bursar.clock import utc_now
from bursar.rules.declines import WORDS, DeclineReason
from bursar.sandbox.samples import stripe_event
from tasks.emails import send_emails
from tests.support.factories import execute, make_checkout, make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, hurry, paid, tell, twice

FAILED, ALERT = "payment.failed", "dispute.alert"


@pytest.fixture
def invoice_id(var):
    return make_invoice(make_customer(email="student@example.com"))


def outbox(var, kind=FAILED):
    files = sorted((var / "outbox").glob(f"*.{kind}.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def failed(invoice_id, payment="pi_1", *, ago_s=0, **story):
    """Stripe says that a payment failed."""
    return stripe_event(
        "payment_intent.payment_failed",
        payment=payment,
        amount_minor=1000_00,
        currency="INR",
        metadata={"invoice": str(invoice_id)},
        created=int(utc_now().timestamp()) - ago_s,
        **story,
    )


def disputed(event, at_s=0):
    """A word about a dispute of pi_1, `at_s` seconds later."""
    story = {"payment": "pi_1", "currency": "INR", "amount_minor": 1000_00, "created": 1_795_000_000 + at_s}
    return stripe_event(f"charge.dispute.{event}", **story)


def told(kind=FAILED):
    return rows("SELECT state, send_state, error_class FROM emails WHERE kind = %s", kind)


def test_a_payer_who_failed_has_time_to_try_again_before_he_is_told(invoice_id, var):
    tell(failed(invoice_id, decline_code="insufficient_funds"))

    send_emails()
    assert told() == [("pending", "reserved", None)]

    hurry("emails")
    twice(send_emails)

    [mail] = outbox(var)
    assert mail["To"] == "student@example.com"
    assert WORDS[DeclineReason.NO_MONEY].reason in mail.get_body(("plain",)).get_content()
    assert "insufficient_funds" not in mail.as_string()
    assert broken() == []


def test_paid_beats_failed(invoice_id, var):
    tell(failed(invoice_id))
    tell(paid(payment="pi_1", invoice=invoice_id))
    hurry("emails")

    twice(send_emails)

    assert outbox(var) == []
    assert told() == [("ignored", "reserved", "Unwanted")]
    assert broken() == []


def test_another_payment_for_the_same_beats_it_as_well(invoice_id, var):
    tell(failed(invoice_id))
    tell(paid(payment="pi_2", invoice=invoice_id))
    hurry("emails")

    send_emails()

    assert outbox(var) == []


def test_a_failure_that_is_heard_of_days_later_is_no_news(invoice_id, var):
    tell(failed(invoice_id, ago_s=2 * 86_400))
    hurry("emails")

    send_emails()

    assert outbox(var) == []


def test_what_dunning_tried_dunning_tells_of(invoice_id, var):
    checkout_id = make_checkout(invoice_id, "pi_1")
    execute(
        "UPDATE checkouts SET kind = 'charge', requested_by = 'dunning', status = 'failed' WHERE id = %s",
        checkout_id,
    )
    tell(failed(invoice_id))
    hurry("emails")

    send_emails()

    assert told() == [("ignored", "reserved", "Unwanted")]


def test_a_page_that_can_still_be_paid_is_offered(invoice_id, var):
    make_checkout(invoice_id, "cs_1")
    execute("UPDATE checkouts SET url = 'https://pay.example/c/1'")
    tell(failed(invoice_id))
    hurry("emails")

    send_emails()

    [mail] = outbox(var)
    assert 'href="https://pay.example/c/1"' in mail.get_body(("html",)).get_content()


def test_a_payment_that_turned_out_to_be_another_customers_is_told_to_that_one_only(invoice_id, var):
    tell(failed(invoice_id))
    other = make_customer(email="other@example.com")
    execute("UPDATE payments SET customer_id = %s", other.id)
    hurry("emails")

    send_emails()

    assert outbox(var) == []
    assert told() == [("dead", "reserved", "OwnerChanged")]


def test_a_dispute_is_told_to_those_who_answer_it_and_once(invoice_id, var, configure):
    configure(BURSAR_OPERATORS_MAIL="team@school.example")
    tell(paid(payment="pi_1", invoice=invoice_id))
    tell(disputed("created"))
    tell(disputed("updated", 60))

    twice(send_emails)

    [mail] = outbox(var, ALERT)
    assert mail["To"] == "team@school.example"
    text = mail.get_body(("plain",)).get_content()
    assert "₹1,000.00" in text
    assert value("SELECT gateway_dispute_id FROM disputes") in text
    assert broken(grace_s=10) == []


def test_a_dispute_that_is_over_alerts_nobody(invoice_id, var, configure):
    configure(BURSAR_OPERATORS_MAIL="team@school.example")
    tell(paid(payment="pi_1", invoice=invoice_id))
    tell(disputed("created"))
    tell(disputed("closed", 60))

    send_emails()

    assert outbox(var, ALERT) == []


def test_without_an_address_of_operators_nobody_is_told_and_the_row_says_which_setting(invoice_id):
    tell(paid(payment="pi_1", invoice=invoice_id))
    tell(disputed("created"))

    twice(send_emails)

    [(state, error)] = rows("SELECT state, error FROM emails WHERE kind = %s", ALERT)
    assert state == "ignored"
    assert "BURSAR_OPERATORS_MAIL" in error
