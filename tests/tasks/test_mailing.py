"""Mails that others reserve: once, with what they say, for as long as it is so."""

import email
import threading
from datetime import date
from email import policy

import psycopg
import pytest

from bursar.emails.values.dunning import DunningNotice
from bursar.emails.values.money import ComponentOwed, InvoiceIssued
from bursar.errors import Broken
from bursar.ids import new_id
from bursar.rules.consequences import MailKind, Precondition
from models.session import transaction
from tasks import emails
from tasks.emails import send_emails
from tasks.mailing import NewMail, enqueue_mails
from tests.emails.mail_server import Script
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, paid, tell, twice

OWED = 1000_00


@pytest.fixture
def customer(var):
    return make_customer(email="student@example.com")


@pytest.fixture
def invoice_id(customer):
    return make_invoice(customer, [OWED])


def outbox(var):
    files = sorted((var / "outbox").glob("*.eml"), key=lambda file: file.name)
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def reserve(*new):
    with transaction() as session:
        return enqueue_mails(session, new)


def invoice_mail(customer, invoice_id, **changes):
    number = value("SELECT number FROM invoices WHERE id = %s", invoice_id)
    values = InvoiceIssued(
        customer_name=customer.name,
        invoice_number=number,
        total_minor=OWED,
        balance_minor=OWED,
        currency="INR",
        due_on=date(2026, 12, 1),
        lines=(ComponentOwed(component="Tuition", gross_minor=OWED),),
    )
    named = {"kind": MailKind.INVOICE_ISSUED, "customer_id": customer.id, "subject_id": invoice_id}
    return NewMail(**named | {"invoice_id": invoice_id, "values": values} | changes)


def notice(customer, invoice_id, **changes):
    values = DunningNotice(
        customer_name=customer.name,
        invoice_number="INV-1",
        balance_minor=OWED,
        currency="INR",
        due_on=date(2026, 12, 1),
    )
    named = {
        "kind": MailKind.DUNNING_DUE,
        "customer_id": customer.id,
        "subject_id": new_id(),
        "invoice_id": invoice_id,
        "precondition": Precondition.INVOICE_OWED,
        "owed_minor": OWED,
    }
    return NewMail(**named | {"values": values} | changes)


def told():
    """How the reserved mail went; a receipt beside it waits for its paper."""
    return rows("SELECT state, send_state, copies, error_class FROM emails WHERE kind <> 'payment.received'")


def test_a_mail_that_is_reserved_twice_goes_out_once_and_says_what_was_kept(customer, invoice_id, var):
    [first] = reserve(invoice_mail(customer, invoice_id))
    assert reserve(invoice_mail(customer, invoice_id, wait_s=60.0)) == []

    twice(send_emails)

    [mail] = outbox(var)
    assert mail["Message-ID"].startswith(f"<{first}.invoice.issued@")
    assert "Tuition: ₹1,000.00" in mail.get_body(("plain",)).get_content()
    assert told() == [("done", "sent", 1, None)]
    assert broken() == []


def test_a_mail_that_waits_is_not_due_and_nobody_is_woken_for_it(customer, invoice_id):
    assert reserve(invoice_mail(customer, invoice_id, wait_s=3600.0)) == []

    send_emails()

    assert told() == [("pending", "reserved", 0, None)]


def test_a_mail_that_asks_for_money_is_for_nobody_once_it_is_paid(customer, invoice_id, var):
    reserve(notice(customer, invoice_id))
    tell(paid(OWED, payment="pi_1", invoice=invoice_id))

    twice(send_emails)

    assert outbox(var) == []
    assert told() == [("ignored", "reserved", 0, "Unwanted")]
    assert broken() == []


def test_a_mail_that_names_another_balance_is_for_nobody(customer, invoice_id, var):
    reserve(notice(customer, invoice_id))
    tell(paid(1_00, payment="pi_1", invoice=invoice_id))

    send_emails()

    assert outbox(var) == []


def test_a_mail_of_dunning_is_shown_below_the_one_of_its_invoice(customer, invoice_id, var):
    reserve(invoice_mail(customer, invoice_id))
    send_emails()
    reserve(notice(customer, invoice_id))
    send_emails()

    [first, second] = outbox(var)
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]


def test_what_becomes_untrue_while_the_server_is_asked_is_seen_in_the_commit_before_the_message(
    customer, invoice_id, configure, start_server, database_url, monkeypatch
):
    script = Script()
    configure(BURSAR_SMTP_URL=start_server(script).url())
    reserve(notice(customer, invoice_id))
    begin = emails._begin
    paying = psycopg.connect(database_url)
    paying.execute("SELECT FROM customers WHERE id = %s FOR NO KEY UPDATE", [customer.id])

    def pay_meanwhile(attempt):
        """The payment is being booked when the mail wants to go out: it is waited for."""
        paying.execute("UPDATE invoice_lines SET allocated_minor = gross_minor")
        threading.Timer(0.05, paying.commit).start()
        return begin(attempt)

    monkeypatch.setattr(emails, "_begin", pay_meanwhile)
    send_emails()
    paying.close()

    assert script.commands[-1] == "RCPT"
    assert script.arrived == []
    assert told() == [("ignored", "reserved", 0, "Unwanted")]


def test_a_suppressed_address_gets_nothing_and_the_reason_is_kept(customer, invoice_id, var):
    execute(
        """INSERT INTO suppressions (id, address, reason, detail)
           VALUES (gen_random_uuid(), 'student@example.com', 'bounced', '550')"""
    )
    execute("UPDATE customers SET email = 'Student@Example.com'")
    reserve(invoice_mail(customer, invoice_id))

    twice(send_emails)

    assert outbox(var) == []
    [(reason,)] = rows("SELECT error FROM emails")
    assert "bounced: 550" in reason


def test_a_mail_that_nobody_reads_or_that_two_could_read_is_a_bug(customer, invoice_id):
    with pytest.raises(Broken):
        reserve(notice(customer, invoice_id, customer_id=None))
    with pytest.raises(Broken):
        reserve(notice(customer, invoice_id, kind=MailKind.PLAN_CHANGED))


def test_nothing_to_reserve_is_nothing():
    assert reserve() == []
