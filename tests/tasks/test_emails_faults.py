"""Every fault of a mail server, at every step, for every kind of mail; the figures are printed."""

from collections import Counter
from datetime import date

import pytest

from bursar.ids import new_id
from bursar.rules.consequences import COPIES_MAX, RESENT_WHEN_UNKNOWN, TO_OPERATORS, MailKind
from bursar.sandbox.mails import SAMPLES
from models.session import transaction
from tasks.emails import send_emails
from tasks.mailing import NewMail, enqueue_mails
from tests.emails.mail_server import DROP, Script
from tests.support.factories import make_customer, rows
from tests.tasks.steps import broken, hurry

TODAY = date(2026, 11, 21)
LATER, NEVER = "451 4.7.1 greylisted", "550 5.7.1 refused"
STEPS = ("at_mail", "at_rcpt", "at_data", "after_message")
FAULTS = [(step, answer) for step in STEPS for answer in (LATER, NEVER, DROP)]
ROUNDS = 4
"""The first meets the fault, the others a healthy server."""


@pytest.fixture
def mails(var, configure):
    """One of every kind, due now."""
    configure(BURSAR_OPERATORS_MAIL="team@school.example")
    customer = make_customer(email="student@example.com")
    new = [
        NewMail(
            kind=kind,
            customer_id=None if kind in TO_OPERATORS else customer.id,
            subject_id=new_id(),
            values=values,
        )
        for kind, values in SAMPLES.items()
    ]
    with transaction() as session:
        enqueue_mails(session, new)


def work_off():
    """Until nothing is due any more."""
    while rows("SELECT FROM emails WHERE state = 'pending' AND not_before <= now()"):
        send_emails()


def fate(kind, step, answer):
    """How a mail must end, and how many copies of it may have arrived."""
    if answer == NEVER:
        return "failed", 0
    if answer == DROP and step == "after_message":
        return ("sent", COPIES_MAX) if kind in RESENT_WHEN_UNKNOWN else ("unknown", 1)
    return "sent", 1


@pytest.mark.parametrize(("step", "answer"), FAULTS)
def test_every_mail_is_sent_unknown_or_dead_with_a_reason_whatever_a_server_does(
    mails, configure, start_server, capsys, step, answer
):
    script = Script(**{step: answer})
    configure(BURSAR_SMTP_URL=start_server(script).url())

    for n in range(ROUNDS):
        hurry("emails")
        work_off()
        setattr(script, step, None)
        if answer != DROP and n == 0:
            script.arrived.clear()  # the server said that it did not take them

    told = rows("SELECT id, kind, state, send_state, copies, error FROM emails")
    arrived = Counter(copy.message.split(b"Message-ID: <")[1][:36].decode() for copy in script.arrived)
    wrong = {}
    for row_id, kind, state, send_state, copies, error in told:
        ended = (send_state, arrived[str(row_id)])
        if (
            ended != fate(MailKind(kind), step, answer)
            or state == "pending"
            or (state == "dead") != bool(error)
        ):
            wrong[kind] = (state, *ended, copies, error)
    assert wrong == {}
    assert broken() == []
    ends = Counter(send_state for _, _, _, send_state, _, _ in told)
    with capsys.disabled():
        print(  # noqa: T201 - what was seen, for the record
            f"\n  {step:<14}{answer:<24}{dict(ends)} most copies {max(arrived.values(), default=0)}", end=""
        )
