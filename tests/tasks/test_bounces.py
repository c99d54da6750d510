"""Mails that come back: written down, and an address that reaches nobody gets no more."""

import pytest

from bursar.emails.bounces import Verdict
from tasks.bounces import NotOurs, take_report
from tasks.emails import send_emails
from tests.emails.mail_server import DROP, Script
from tests.emails.reports import bounce, complaint
from tests.support.factories import execute, make_customer, make_invoice, rows
from tests.tasks.steps import broken, hurry, open_breaks, paid, snapshot, tell, work_off


@pytest.fixture
def customer(var):
    return make_customer(email="Student@Example.com")


@pytest.fixture
def sent(customer, var):
    """A receipt that went out; its bytes."""
    tell(paid(payment="pi_1", invoice=make_invoice(customer)))
    work_off()
    [file] = (var / "outbox").glob("*.eml")
    return file.read_bytes()


def told():
    return rows("SELECT state, send_state, copies FROM emails ORDER BY id")


def suppressed():
    return rows("SELECT address, reason FROM suppressions")


def test_an_address_that_reaches_nobody_gets_no_more(sent, customer, var):
    taken = take_report(bounce(sent))

    assert (taken.verdict, taken.news, taken.suppressed) == (Verdict.BOUNCED, True, True)
    assert told() == [("done", "bounced", 1)]
    assert suppressed() == [("student@example.com", "bounced")]
    assert broken() == []
    tell(paid(payment="pi_2", invoice=make_invoice(customer)))
    work_off()
    assert told()[1:] == [("ignored", "reserved", 0)]
    assert broken() == []


def test_the_same_report_again_changes_nothing(sent):
    take_report(bounce(sent))
    once = snapshot()

    again = take_report(bounce(sent))

    assert not again.news
    assert snapshot() == once


def test_a_full_mailbox_comes_back_but_gets_the_next_mail(sent):
    taken = take_report(bounce(sent, status="5.2.2"))

    assert (taken.news, taken.suppressed) == (True, False)
    assert told() == [("done", "bounced", 1)]
    assert suppressed() == []


def test_a_delay_is_no_news_and_a_complaint_counts_even_after_a_bounce(sent):
    assert not take_report(bounce(sent, action="delayed", status="4.4.1")).news
    take_report(bounce(sent, status="5.7.1"))

    taken = take_report(complaint(sent))

    assert (taken.news, taken.suppressed) == (True, True)
    assert told() == [("done", "complained", 1)]
    assert suppressed() == [("student@example.com", "complained")]
    assert not take_report(bounce(sent)).news


def test_a_mail_of_somebody_elses_house_is_refused(sent):
    execute("DELETE FROM emails")

    with pytest.raises(NotOurs):
        take_report(bounce(sent))


def test_a_mail_that_never_left_cannot_come_back(sent):
    execute("UPDATE emails SET copies = 0, state = 'pending', send_state = 'reserved', sent_at = NULL")

    with pytest.raises(NotOurs):
        take_report(bounce(sent))
    assert suppressed() == []


def test_a_report_answers_the_doubt_whether_a_mail_went_out(customer, configure, start_server):
    script = Script(after_message=DROP)
    configure(BURSAR_SMTP_URL=start_server(script).url())
    tell(paid(payment="pi_1", invoice=make_invoice(customer)))
    work_off()
    hurry("emails")
    send_emails()
    assert told() == [("dead", "unknown", 2)]
    assert open_breaks() == ["email_unknown"]

    take_report(bounce(script.arrived[0].message, action="delivered", status="2.0.0"))

    assert told() == [("done", "delivered", 2)]
    assert open_breaks() == []
    assert broken() == []


def test_a_report_before_the_second_copy_makes_it_needless(customer, configure, start_server):
    script = Script(after_message=DROP)
    configure(BURSAR_SMTP_URL=start_server(script).url())
    tell(paid(payment="pi_1", invoice=make_invoice(customer)))
    work_off()
    assert told() == [("pending", "unknown", 1)]

    take_report(bounce(script.arrived[0].message))
    hurry("emails")
    send_emails()

    assert told() == [("done", "bounced", 1)]
    assert len(script.arrived) == 1
