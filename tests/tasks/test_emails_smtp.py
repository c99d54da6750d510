"""Mails to a real server, which says no, not now, or nothing at all."""

import email

import pytest

from bursar.emails import smtp
from models.kinds import EMAILS
from tasks.documents import render_documents
from tasks.drain import LATE_S
from tasks.emails import DRAIN_S, send_emails
from tests.emails.mail_server import DROP, Script
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows
from tests.tasks.steps import broken, hurry, open_breaks, paid, states, tell, work_off


@pytest.fixture
def due_receipt(var):
    """A paid invoice whose receipt mail is due."""
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    render_documents()


@pytest.fixture
def server(start_server, configure):
    """A server with a script, and the installation that sends by it."""

    def start(**script: str) -> Script:
        written = Script(**script)
        configure(BURSAR_SMTP_URL=start_server(written).url())
        return written

    return start


def told() -> tuple[object, ...]:
    [found] = rows("SELECT state, send_state, copies, failures FROM emails")
    return found


def test_a_mail_that_is_accepted_is_sent(due_receipt, server):
    script = server()

    send_emails()
    send_emails()

    assert told() == ("done", "sent", 1, 0)
    assert len(script.arrived) == 1
    assert broken() == []


@pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data", "after_message"])
def test_a_mail_that_is_deferred_is_certainly_not_out_and_no_copy_counts(due_receipt, server, step):
    script = server(**{step: "451 4.7.1 greylisted"})

    send_emails()

    assert told() == ("pending", "reserved", 0, 1)
    setattr(script, step, None)
    hurry("emails")
    send_emails()
    assert told() == ("done", "sent", 1, 1)
    assert broken() == []


@pytest.mark.parametrize("step", ["at_rcpt", "after_message"])
def test_a_mail_that_is_refused_is_dead_with_the_answer(due_receipt, server, step):
    server(**{step: "550 5.1.1 no such person"})

    send_emails()

    assert told()[:2] == ("dead", "failed")
    assert "550" in rows("SELECT error FROM emails")[0][0]
    assert broken() == []


def test_nobody_listening_is_a_deferral(due_receipt, configure):
    configure(BURSAR_SMTP_URL="smtp://127.0.0.1:1")

    send_emails()

    assert told() == ("pending", "reserved", 0, 1)


def test_a_lost_answer_is_unknown_and_the_receipt_goes_out_once_more_as_the_same_mail(due_receipt, server):
    script = server(after_message=DROP)

    send_emails()
    assert told() == ("pending", "unknown", 1, 0)

    script.after_message = None
    hurry("emails")
    send_emails()

    assert told() == ("done", "sent", 2, 0)
    first, second = (email.message_from_bytes(each.message) for each in script.arrived)
    assert first["Message-ID"] == second["Message-ID"]
    assert script.arrived[0].message == script.arrived[1].message
    assert broken() == []


def test_an_answer_lost_twice_goes_to_a_person_never_out_a_third_time(due_receipt, server):
    script = server(after_message=DROP)

    for _ in range(4):
        send_emails()
        hurry("emails")

    assert told() == ("dead", "unknown", 2, 0)
    assert len(script.arrived) == 2
    assert open_breaks() == ["email_unknown"]
    assert broken() == []


def test_a_mail_that_must_not_come_twice_goes_to_a_person_at_the_first_lost_answer(server):
    track = make_track(currency="INR")
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer(), track=track)))
    execute("DELETE FROM emails WHERE kind = 'payment.received'")
    server(after_message=DROP)

    work_off()

    assert told() == ("dead", "unknown", 1, 0)
    assert open_breaks() == ["email_unknown"]


def test_a_deferred_second_copy_still_remembers_the_first(due_receipt, server):
    script = server(after_message=DROP)
    send_emails()
    script.after_message = "451 later"
    hurry("emails")

    send_emails()

    assert told() == ("pending", "unknown", 1, 1)
    script.after_message = DROP
    hurry("emails")
    send_emails()
    assert told() == ("dead", "unknown", 2, 1)


def test_one_slow_mail_fits_into_the_time_of_its_task_and_into_its_lease():
    slowest_s = smtp.OPEN_TIMEOUT_S + smtp.DELIVER_TIMEOUT_S + smtp.QUIT_TIMEOUT_S
    assert send_emails.time_limit_s > DRAIN_S + LATE_S + slowest_s
    assert EMAILS.lease_s > EMAILS.batch_max * slowest_s


def test_states_of_mails_are_reported_to_the_invariants(due_receipt, server):
    server()
    send_emails()
    execute("UPDATE emails SET copies = 0")

    assert broken() == ["I13"]
    assert states("emails") == ["done"]
