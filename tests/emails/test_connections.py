"""A run of mails over one connection: faster, and no less certain about each of them."""

import pytest

from bursar.emails import smtp
from bursar.emails.errors import MailDeferred, MailRefused, MailUnknown
from bursar.emails.smtp import SmtpTransport
from bursar.rules.consequences import MailKind
from tests.emails.examples import wire
from tests.emails.mail_server import DROP, Script

SENDER, TO, OTHER = "billing@school.example", "student1@example.org", "student2@example.org"


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def transport(start_server, script):
    server = start_server(script)
    script.server = server
    transport = SmtpTransport(server.url())
    with transport.run():
        yield transport


def send(transport, to=TO, message=None):
    with transport.open(SENDER, to) as envelope:
        return envelope.deliver(message or wire())


def greetings(script):
    return sum(command.startswith("EHLO") for command in script.commands)


def test_mails_of_a_run_share_a_connection_and_each_arrives_whole_at_its_own_reader(transport, script):
    other = wire(MailKind.DUNNING_DUE)

    send(transport)
    send(transport, OTHER, other)

    assert greetings(script) == 1
    assert [(copy.recipients, copy.message) for copy in script.arrived] == [([TO], wire()), ([OTHER], other)]


def test_a_worker_that_changes_its_mind_leaves_nothing_behind_for_the_next_mail(transport, script):
    with transport.open(SENDER, TO):
        pass

    send(transport, OTHER)

    assert greetings(script) == 1
    assert [copy.recipients for copy in script.arrived] == [[OTHER]]


def test_a_refused_mail_does_not_end_the_conversation(transport, script):
    script.at_rcpt = "550 5.1.1 no such person"
    with pytest.raises(MailRefused):
        send(transport)
    script.at_rcpt = None

    send(transport)

    assert greetings(script) == 1


def test_a_farewell_and_a_lost_answer_do(transport, script):
    script.at_mail = "421 4.3.2 closing"
    with pytest.raises(MailDeferred):
        send(transport)
    script.at_mail, script.after_message = None, DROP
    with pytest.raises(MailUnknown):
        send(transport)
    script.after_message = None

    send(transport)

    assert greetings(script) == 3


def test_a_connection_that_died_while_nobody_spoke_costs_no_mail_a_failure(transport, script, monkeypatch):
    monkeypatch.setattr(smtp, "PROBE_AFTER_S", -1.0)
    send(transport)
    script.server.drop_connection()

    send(transport)

    assert greetings(script) == 2
    assert len(script.arrived) == 2


def test_a_long_conversation_is_ended_by_us(transport, script, monkeypatch):
    monkeypatch.setattr(smtp, "MAILS_PER_CONNECTION_MAX", 2)

    for _ in range(3):
        send(transport)

    assert greetings(script) == 2


def test_without_a_run_every_mail_has_a_connection_of_its_own(start_server, script):
    alone = SmtpTransport(start_server(script).url())

    send(alone)
    send(alone)

    assert greetings(script) == 2
