"""The contract of every transport: the same sentences hold for a server, a folder and memory."""

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy

import pytest

from bursar.emails.envelope import MailTransport
from bursar.emails.errors import MailDeferred, MailInputRefused, MailRefused, MailUnknown
from bursar.emails.smtp import SmtpTransport
from bursar.emails.transports import MemoryTransport, OutboxTransport, transport_from_url
from bursar.emails.values.money import PaymentReceived
from bursar.errors import Broken, Refused, Transient
from bursar.rules.consequences import MailKind
from tests.emails.examples import composed, make, wire
from tests.emails.mail_server import Script

SENDER, TO = "billing@school.example", "student1@example.org"


@dataclass
class Case:
    transport: MailTransport
    arrived: Callable[[], list[bytes]]


@pytest.fixture(params=["smtp", "outbox", "memory"])
def case(request, tmp_path):
    if request.param == "memory":
        memory = MemoryTransport()
        return Case(memory, lambda: [copy.message for copy in memory.delivered])
    if request.param == "outbox":
        folder = tmp_path / "var" / "outbox"
        return Case(OutboxTransport(folder), lambda: [path.read_bytes() for path in sorted(folder.iterdir())])
    script = Script()
    server = request.getfixturevalue("start_server")(script)
    return Case(SmtpTransport(server.url()), lambda: [copy.message for copy in script.arrived])


def test_a_delivered_mail_arrives_byte_for_byte(case):
    with case.transport.open(SENDER, TO) as envelope:
        said = envelope.deliver(wire())

    assert case.arrived() == [wire()]
    assert said


def test_opening_alone_sends_nothing(case):
    with case.transport.open(SENDER, TO):
        pass

    assert case.arrived() == []


def test_a_worker_that_changes_its_mind_sends_nothing_and_sees_its_own_error(case):
    with pytest.raises(OSError, match="the database went away"), case.transport.open(SENDER, TO):
        raise OSError("the database went away")

    assert case.arrived() == []


def test_lines_of_dots_arrive_as_they_are(case):
    dotted = wire().replace(b"Hello Student 1,", b".\r\n..\r\n.Hello\r\n...\r\n.")

    with case.transport.open(SENDER, TO) as envelope:
        envelope.deliver(dotted)

    assert case.arrived() == [dotted]


def test_one_transport_carries_one_mail_after_another(case):
    other = wire(MailKind.REFUND_PROCESSED)

    for message in (wire(), other):
        with case.transport.open(SENDER, TO) as envelope:
            envelope.deliver(message)

    assert sorted(case.arrived()) == sorted([wire(), other])


def test_an_envelope_carries_one_message(case):
    with case.transport.open(SENDER, TO) as envelope:
        envelope.deliver(wire())
        with pytest.raises(Broken):
            envelope.deliver(wire())

    assert case.arrived() == [wire()]


@pytest.mark.parametrize(
    "smuggled", ["a@x.org,b@y.org", "a@x.org>\r\nRCPT TO:<b@y.org", "", "Name <a@x.org>"]
)
@pytest.mark.parametrize("field", ["sender", "to"])
def test_a_second_address_never_reaches_the_other_side(case, field, smuggled):
    with (
        pytest.raises(MailInputRefused, match=field),
        case.transport.open(**{"sender": SENDER, "to": TO, field: smuggled}),
    ):
        pass


@pytest.mark.parametrize(
    "broken",
    [
        wire().replace(b"\r\n", b"\n"),
        wire() + b".\n",
        wire() + b"\r.\r\n",
        wire() + b"\n.\r\n",
        wire().removesuffix(b"\r\n"),
        wire().replace(b"Message-ID", b"X-Message-ID"),
        b"",
    ],
)
def test_a_message_on_whose_end_two_servers_could_disagree_is_refused(case, broken):
    with case.transport.open(SENDER, TO) as envelope, pytest.raises(MailInputRefused):
        envelope.deliver(broken)

    assert case.arrived() == []


def test_a_large_mail_arrives_whole(case):
    body = b"".join(b"%07d .. a line of a large mail\r\n" % n for n in range(40_000))
    large = wire() + body

    with case.transport.open(SENDER, TO) as envelope:
        envelope.deliver(large)

    assert case.arrived() == [large]


def test_an_installation_without_a_server_writes_to_its_outbox(tmp_path):
    assert isinstance(transport_from_url(None, tmp_path), OutboxTransport)
    assert isinstance(transport_from_url("", tmp_path), OutboxTransport)
    assert isinstance(transport_from_url("smtp://127.0.0.1:2525", tmp_path), SmtpTransport)


def test_a_second_copy_in_the_outbox_replaces_the_first(tmp_path):
    outbox = OutboxTransport(tmp_path)
    again = composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived, customer_name="Student 2")).as_bytes()

    for message in (wire(), wire(), again):
        with outbox.open(SENDER, TO) as envelope:
            name = envelope.deliver(message)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert name == "01980000-0000-7000-8000-000000000001.payment.received.eml"
    assert (tmp_path / name).read_bytes() == again


def test_a_mail_in_the_outbox_is_readable_by_its_owner_only_and_by_any_mail_program(tmp_path):
    with OutboxTransport(tmp_path).open(SENDER, TO) as envelope:
        envelope.deliver(wire())

    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == TO


def test_an_outbox_that_cannot_be_made_is_tried_again_later(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(MailDeferred, match="outbox"), OutboxTransport(tmp_path / "file").open(SENDER, TO):
        pass


def test_an_outbox_that_cannot_be_written_is_tried_again_later(tmp_path):
    folder = tmp_path / "outbox"
    with OutboxTransport(folder).open(SENDER, TO) as envelope:
        folder.rmdir()

        with pytest.raises(MailDeferred, match="outbox"):
            envelope.deliver(wire())


def test_a_file_that_could_not_take_its_place_is_tried_again_and_leaves_no_rest(tmp_path):
    (tmp_path / "01980000-0000-7000-8000-000000000001.payment.received.eml").mkdir()

    with OutboxTransport(tmp_path).open(SENDER, TO) as envelope, pytest.raises(MailDeferred):
        envelope.deliver(wire())

    assert [path.is_dir() for path in tmp_path.iterdir()] == [True]


def test_memory_keeps_every_copy_so_that_doubles_can_be_counted():
    memory = MemoryTransport()

    for _ in range(2):
        with memory.open(SENDER, TO) as envelope:
            envelope.deliver(wire())

    assert [(copy.sender, copy.to, copy.message) for copy in memory.delivered] == [(SENDER, TO, wire())] * 2


def test_memory_fails_once_where_it_is_told_to():
    memory = MemoryTransport(open_fails_with=MailRefused("no such user"))

    with pytest.raises(MailRefused), memory.open(SENDER, TO):
        pass
    with memory.open(SENDER, TO) as envelope:
        envelope.deliver(wire())

    assert len(memory.delivered) == 1


@pytest.mark.parametrize(
    ("failure", "copies"), [(MailDeferred("later"), 0), (MailRefused("never"), 0), (MailUnknown("lost"), 1)]
)
def test_a_mail_of_unknown_outcome_has_arrived_in_memory_as_in_the_worst_case(failure, copies):
    memory = MemoryTransport(deliver_fails_with=failure)

    with memory.open(SENDER, TO) as envelope, pytest.raises(type(failure)):
        envelope.deliver(wire())

    assert len(memory.delivered) == copies


def test_the_errors_say_what_the_worker_should_do():
    assert issubclass(MailRefused, Refused)
    assert issubclass(MailDeferred, Transient)
    assert not issubclass(MailUnknown, Refused | Transient)
