"""Mails: into the outbox or to a server, never sent blindly again."""

import email
from email import policy

import psycopg
import pytest

from bursar.emails.transports import OutboxTransport
from bursar.rules.consequences import MailKind
from bursar.settings import load
from models.kinds import EMAILS
from models.work import claim
from tasks import emails
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.saying import REFUND_TIMELINE, VALUES
from tests.support.factories import (
    execute,
    make_customer,
    make_invoice,
    make_track,
    rows,
    tamper,
    value,
)
from tests.tasks.steps import (
    broken,
    hurry,
    paid,
    refunded,
    states,
    tell,
    twice,
    waiting,
    work_off,
)


def outbox(var):
    """The mails in the outbox, read as a mail program does."""
    files = sorted((var / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def due_receipt(**customer: object) -> None:
    """A paid invoice whose receipt mail is due."""
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer(**customer))))
    render_documents()


def test_a_receipt_goes_out_once_with_its_paper(var):
    due_receipt(email="student@example.com")

    twice(send_emails)

    [mail] = outbox(var)
    assert mail["To"] == "student@example.com"
    assert "₹1,000.00" in mail.get_body(("plain",)).get_content()
    [paper] = mail.iter_attachments()
    assert paper.get_filename().startswith("receipt-RCT-")
    assert paper.get_content().startswith(b"%PDF")
    assert rows("SELECT state, send_state, copies, sent_at IS NOT NULL FROM emails") == [
        ("done", "sent", 1, True)
    ]


@pytest.mark.parametrize("named", [True, False])
def test_a_dropped_message_is_no_loss_the_rows_are_found_without_it(named):
    due_receipt()

    send_emails(ids=[str(value("SELECT id FROM emails"))] if named else [])

    assert states("emails") == ["done"]


def test_refunds_and_unlocked_tracks_are_told_in_words(var):
    track = make_track(currency="INR")
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer(), track=track)))
    work_off()
    tell(refunded("pi_1", 100_00))
    work_off()

    texts = [mail.get_body(("plain",)).get_content() for mail in outbox(var)]

    assert len(texts) == 3
    assert sum("₹100.00" in each and REFUND_TIMELINE in each for each in texts) == 1
    assert sum(track.title in each and "Project 1" in each for each in texts) == 1
    assert broken(grace_s=0) == []


def test_a_customer_without_an_address_gets_no_mail_and_that_is_no_failure(var):
    due_receipt()
    execute("UPDATE customers SET email = NULL")

    twice(send_emails)

    assert rows("SELECT state, error IS NOT NULL, failures, copies FROM emails") == [("ignored", True, 0, 0)]
    assert outbox(var) == []
    assert broken() == []


def test_an_address_that_could_smuggle_another_reader_is_dead_with_the_reason(var):
    due_receipt(email="one@example.com,two@example.com")

    send_emails()

    assert rows("SELECT state, error_class FROM emails") == [("dead", "MailInputRefused")]
    assert outbox(var) == []


def test_a_mail_whose_receipt_has_no_number_yet_waits():
    due_receipt()
    tamper("DELETE FROM receipts")
    execute("UPDATE documents SET state = 'dead', blob_key = NULL, error = 'no paper'")

    send_emails()

    assert rows("SELECT state, failures, error_class, copies FROM emails") == [
        ("pending", 1, "ReceiptMissing", 0)
    ]


def test_a_mail_that_fails_for_two_days_is_dead():
    due_receipt()
    tamper("DELETE FROM receipts")
    execute("UPDATE documents SET state = 'dead', blob_key = NULL, error = 'no paper'")
    execute("UPDATE emails SET created_at = now() - interval '48 hours'")

    send_emails()

    assert rows("SELECT state, error_class, error IS NOT NULL FROM emails") == [
        ("dead", "ReceiptMissing", True)
    ]


def test_a_lock_held_by_others_counts_as_no_failure(database_url, impatient):
    due_receipt()
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE")

        send_emails()

        assert rows("SELECT state, failures, copies FROM emails") == [("pending", 0, 0)]
    hurry("emails")
    send_emails()
    assert states("emails") == ["done"]


def test_a_mail_that_another_worker_took_over_is_not_sent(var):
    due_receipt()
    held = claim(EMAILS)
    execute("UPDATE emails SET claim_token = gen_random_uuid()")

    emails._send(load(), OutboxTransport(var / "outbox"), held, held.ids[0])

    assert outbox(var) == []
    assert rows("SELECT state, send_state, copies FROM emails") == [("running", "reserved", 0)]


def test_no_mail_is_begun_when_the_time_is_nearly_up_a_successor_goes_on(broker_url, monkeypatch):
    monkeypatch.setattr(emails, "DRAIN_S", -1.0)
    due_receipt()
    tell(paid(payment="pi_2", invoice=make_invoice(make_customer())))
    work_off()
    execute("UPDATE emails SET state = 'pending'")

    before = waiting(broker_url, "emails")

    send_emails()

    assert states("emails") == ["done", "pending"]
    assert waiting(broker_url, "emails") == before + 1


def test_every_kind_of_mail_has_its_words():
    assert set(VALUES) == set(MailKind)
