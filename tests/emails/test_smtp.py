"""What the worker learns from each way in which a real server can fail."""

import socket

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from bursar.emails.errors import MailDeferred, MailRefused, MailUnknown
from bursar.emails.smtp import SmtpTransport
from bursar.errors import Misconfigured
from tests.emails.examples import wire
from tests.emails.mail_server import DROP, HANG, HOST, Script

SENDER, TO = "billing@school.example", "student1@example.org"
SHORT_S = 0.2


def opened(url, **limits):
    """Open an envelope and put it back."""
    with SmtpTransport(url, **limits).open(SENDER, TO):
        pass


def send(url, **limits):
    with SmtpTransport(url, **limits).open(SENDER, TO) as envelope:
        return envelope.deliver(wire())


def test_a_mail_has_one_sender_and_one_recipient_and_the_servers_words_are_kept(start_server):
    script = Script()

    said = send(start_server(script).url())

    (copy,) = script.arrived
    assert (copy.sender, copy.recipients) == (SENDER, [TO])
    assert said == "2.0.0 queued as 42"


def test_the_recipient_is_accepted_before_the_worker_commits_and_data_comes_after(start_server):
    script = Script()

    with SmtpTransport(start_server(script).url()).open(SENDER, TO) as envelope:
        before = list(script.commands)
        envelope.deliver(wire())

    assert before == ["EHLO school.example", "MAIL", "RCPT"]
    assert script.commands == [*before, "DATA"]


def test_the_server_is_greeted_by_the_senders_domain_and_never_by_the_name_of_this_machine(start_server):
    script = Script()

    opened(start_server(script).url())

    assert script.commands[0] == "EHLO school.example"


@pytest.mark.parametrize("answer", ["450 4.7.1 greylisted", "421 4.3.2 closing", "452 4.2.2 mailbox full"])
@pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data"])
def test_a_not_now_before_the_message_is_deferred(start_server, step, answer):
    script = Script(**{step: answer})

    with pytest.raises(MailDeferred, match=answer[:3]):
        send(start_server(script).url())

    assert script.arrived == []


@pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data"])
def test_a_never_before_the_message_is_refused(start_server, step):
    script = Script(**{step: "550 5.1.1 no such user"})

    with pytest.raises(MailRefused, match=r"550 5\.1\.1 no such user") as refused:
        send(start_server(script).url())

    assert refused.value.ids["code"] == 550
    assert script.arrived == []


@pytest.mark.parametrize("answer", ["530 5.7.0 authentication required", "535 5.7.8 wrong password"])
def test_a_never_that_speaks_of_our_login_is_deferred_because_the_mail_is_innocent(start_server, answer):
    with pytest.raises(MailDeferred, match=answer[:3]):
        send(start_server(Script(at_mail=answer)).url())


def test_a_not_now_after_the_message_is_deferred(start_server):
    with pytest.raises(MailDeferred, match=r"451 4\.3\.0 try later"):
        send(start_server(Script(after_message="451 4.3.0 try later")).url())


def test_a_never_after_the_message_is_refused(start_server):
    with pytest.raises(MailRefused, match=r"554 5\.7\.1 not wanted"):
        send(start_server(Script(after_message="554 5.7.1 not wanted")).url())


@pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data"])
def test_a_connection_lost_before_the_message_is_deferred(start_server, step):
    script = Script(**{step: DROP})

    with pytest.raises(MailDeferred):
        send(start_server(script).url())

    assert script.arrived == []


def test_a_connection_lost_between_recipient_and_data_is_deferred(start_server):
    server = start_server()

    with SmtpTransport(server.url()).open(SENDER, TO) as envelope:
        server.drop_connection()
        with pytest.raises(MailDeferred):
            envelope.deliver(wire())


def test_a_connection_lost_after_the_message_leaves_the_outcome_unknown_for_it_may_have_arrived(
    start_server,
):
    script = Script(after_message=DROP)

    with pytest.raises(MailUnknown):
        send(start_server(script).url())

    assert len(script.arrived) == 1


def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(start_server):
    script = Script(after_message=HANG)

    with pytest.raises(MailUnknown):
        send(start_server(script).url(), deliver_timeout_s=SHORT_S)

    assert len(script.arrived) == 1


@pytest.mark.parametrize("nonsense", ["hello", "354 go on", "100 what"])
def test_an_answer_that_is_none_leaves_the_outcome_unknown(start_server, nonsense):
    with pytest.raises(MailUnknown):
        send(start_server(Script(after_message=nonsense)).url())


@pytest.mark.parametrize("step", ["at_mail", "at_rcpt"])
def test_a_server_that_stops_answering_before_the_message_is_deferred(start_server, step):
    with pytest.raises(MailDeferred):
        send(start_server(Script(**{step: HANG})).url(), open_timeout_s=SHORT_S)


def test_a_server_that_stops_answering_at_data_is_deferred(start_server):
    with pytest.raises(MailDeferred):
        send(start_server(Script(at_data=HANG)).url(), deliver_timeout_s=SHORT_S)


def test_time_that_ran_out_before_the_message_is_deferred(start_server):
    with pytest.raises(MailDeferred, match="too slow"):
        send(start_server().url(), deliver_timeout_s=0)


def test_a_port_where_nobody_listens_is_deferred():
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(MailDeferred, match="CONNECT"):
        opened(f"smtp://{HOST}:{port}")


def test_a_server_that_never_greets_is_deferred():
    with socket.create_server((HOST, 0)) as silent, pytest.raises(MailDeferred, match="CONNECT"):
        opened(f"smtp://{HOST}:{silent.getsockname()[1]}", open_timeout_s=SHORT_S)


def test_words_of_the_server_are_kept_as_one_short_line_without_the_recipient(start_server):
    answer = f"550-5.1.1 <{TO}> is unknown\r\n550 \x1b[31m{'x' * 400}"

    with pytest.raises(MailRefused) as refused:
        send(start_server(Script(at_rcpt=answer)).url())

    message = str(refused.value)
    assert "<<recipient>> is unknown" in message
    assert TO not in message
    assert message.isprintable()
    assert len(message) < 200


def test_starttls_that_is_not_offered_is_deferred_and_nothing_was_said_in_clear(start_server):
    script = Script()

    with pytest.raises(MailDeferred, match="does not offer STARTTLS"):
        opened(start_server(script).url("smtp+starttls", "user:secret@"))

    assert {"AUTH", "MAIL"}.isdisjoint(script.commands)


@pytest.mark.usefixtures("trusted")
def test_starttls_encrypts_before_logging_in(start_server, tls):
    script = Script()
    server = start_server(script, tls_context=tls, require_starttls=True, authenticator=_authenticate)

    send(server.url("smtp+starttls", "user:p%40ss@"))

    (copy,) = script.arrived
    assert (copy.encrypted, copy.user) == (True, "user")


@pytest.mark.usefixtures("trusted")
def test_smtps_encrypts_from_the_first_byte(start_server, tls):
    script = Script()

    send(start_server(script, ssl_context=tls).url("smtps"))

    assert script.arrived[0].encrypted


@pytest.mark.parametrize(("scheme", "option"), [("smtps", "ssl_context"), ("smtp+starttls", "tls_context")])
def test_a_certificate_that_nobody_trusts_is_deferred(start_server, tls, scheme, option):
    script = Script()

    with pytest.raises(MailDeferred, match="certificate verify failed"):
        opened(start_server(script, **{option: tls}).url(scheme))

    assert "MAIL" not in script.commands


def test_a_wrong_password_is_deferred_because_the_mail_is_innocent(start_server):
    server = start_server(authenticator=_authenticate, auth_require_tls=False)

    with pytest.raises(MailDeferred, match="AUTH: the SMTP server answered 535") as deferred:
        opened(server.url(login="user:wrong@"))

    assert "wrong" not in str(deferred.value)


def test_a_server_without_login_is_deferred_when_there_is_a_password(start_server):
    with pytest.raises(MailDeferred, match="AUTH"):
        opened(start_server().url(login="user:secret@"))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://user:secret@host:port",
        "smtp://user:secret@host:99999",
        "smtp://user:secret@host/path",
        "smtp://user:secret@host?tls=no",
        "smtp://user:s%C3%A9cret@host",
        "smtp://[::1",
    ],
)
def test_a_wrong_url_names_the_variable_and_never_shows_the_password(url):
    with pytest.raises(Misconfigured, match="BURSAR_SMTP_URL") as wrong:
        SmtpTransport(url)

    assert "secret" not in str(wrong.value)


def _authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.password == b"p@ss"
    return AuthResult(success=right, handled=False, auth_data=data)
