import os
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bursar.emails.compose import ATTACHMENTS_BYTES_MAX, PdfAttachment
from bursar.emails.errors import MailInputRefused
from bursar.emails.values.money import (
    ComponentOwed,
    ComponentPaid,
    InvoiceIssued,
    PaymentReceived,
    RefundProcessed,
)
from bursar.errors import Broken
from bursar.rules.consequences import MailKind
from tests.emails.examples import (
    INDIA,
    MOST,
    USUAL,
    composed,
    make,
    read,
    text_of,
    wire,
)

RECEIPT = PdfAttachment(file_name="RCT-26-27-000007.pdf", content=b"%PDF-1.7 receipt")
THREAD = f"<{'x' * 80}.invoice.issued@school.example>"
HEADERS = {
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Subject",
    "MIME-Version",
    "Content-Type",
}


@pytest.mark.parametrize("kind", MailKind)
def test_the_same_inputs_give_the_same_bytes(kind):
    assert wire(kind, attachments=[RECEIPT]) == wire(kind, attachments=[RECEIPT])


def test_another_process_with_another_hash_seed_and_zone_gives_the_same_bytes():
    script = "from tests.emails.examples import wire; import sys; sys.stdout.buffer.write(wire())"
    environment = os.environ | {
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    other = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)

    assert other.stdout == wire()


def test_importing_the_composer_reads_no_template():
    script = (
        "import bursar.emails.compose as c, bursar.emails.transports;"
        "assert c._templates.cache_info().currsize == 0"
    )

    assert _python(script) == b""


def test_the_headers_say_that_a_machine_wrote_and_fix_the_identity():
    message = read(composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived)))

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Message-ID"] == "<01980000-0000-7000-8000-000000000001.payment.received@school.example>"
    assert message["Date"] == "Tue, 06 Oct 2026 04:00:00 +0000"
    assert (message["From"], message["To"]) == (
        "Demo School <billing@school.example>",
        "student1@example.org",
    )


def test_a_mail_below_another_names_it_on_one_line():
    message = composed(MailKind.DUNNING_DUE, USUAL[MailKind.DUNNING_DUE], thread=THREAD)

    lines = message.as_bytes().split(b"\r\n")
    assert f"In-Reply-To: {THREAD}".encode() in lines
    assert f"References: {THREAD}".encode() in lines


def test_a_mail_with_a_receipt_is_the_two_forms_and_the_pdf():
    message = read(composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived), attachments=[RECEIPT]))

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    (pdf,) = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()) == (RECEIPT.file_name, RECEIPT.content)


@pytest.mark.parametrize("kind", MailKind)
def test_the_bytes_are_ascii_lines_that_any_server_carries(kind):
    lines = composed(kind, MOST[kind], attachments=[RECEIPT]).as_bytes().split(b"\r\n")

    assert all(line.isascii() and b"\r" not in line and b"\n" not in line for line in lines)
    assert max(map(len, lines)) <= 998


@pytest.mark.parametrize(
    "name", ["", "a.exe", "../a.pdf", 'a".pdf', "a\r\nX: y.pdf", "ü.pdf", "INV/1.pdf", ".pdf"]
)
def test_a_file_name_that_is_more_than_a_name_is_refused(name):
    with pytest.raises(MailInputRefused, match="attachments"):
        wire(attachments=[PdfAttachment(file_name=name, content=b"%PDF")])


def test_attachments_that_servers_would_refuse_are_refused_here():
    with pytest.raises(MailInputRefused, match="attachments"):
        wire(attachments=[PdfAttachment(file_name="a.pdf", content=bytes(ATTACHMENTS_BYTES_MAX + 1))])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", "a@x.org,b@y.org"),
        ("to", "a@x.org\r\nBcc: b@y.org"),
        ("sender", "S <a@x.org>\r\nBcc: b@y.org"),
        ("message_id", "<a@b.c>\r\nBcc: b@y.org"),
        ("thread", "<a@b.c>\r\nBcc: b@y.org"),
        ("date", datetime(2026, 10, 6)),  # noqa: DTZ001
    ],
)
def test_a_bad_header_is_refused_by_its_name(field, value):
    with pytest.raises(MailInputRefused, match=field):
        wire(**{field: value})


def test_values_of_another_kind_are_our_own_mistake():
    with pytest.raises(Broken):
        composed(MailKind.PAYMENT_RECEIVED, make(RefundProcessed))


pieces = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\x00", "\ud800", "\u202e"]
pieces += [",", "@", "<", ">", " ", ":", "--", "=?", "?Q?", "=0D=0A", "?=", "स्ते"]
pieces += ["Bcc: b@y.org", "=?utf-8?q?=0D=0ABcc:?=", "Subject: x"]
hostile = st.text() | st.lists(st.sampled_from(pieces)).map("".join)


FIXED = {"currency", "locale", "pay_url", "update_url"}
"""Texts that are checked, not shown as they are."""


def filled_with(kind, text):
    """Usual values, and everything in them that people write is this text."""
    values = USUAL[kind]
    texts = {each.name: getattr(values, each.name) for each in fields(values) if each.name not in FIXED}
    changes = {name: text for name, value in texts.items() if isinstance(value, str)}
    changes |= {name: (text,) for name in ("steps", "invoice_numbers") if name in texts}
    if isinstance(values, PaymentReceived):
        changes["lines"] = (ComponentPaid(component=text, paid_minor=1, balance_minor=1),)
    if isinstance(values, InvoiceIssued):
        changes["lines"] = (ComponentOwed(component=text, gross_minor=1),)
    return replace(values, **changes)


@given(text=hostile)
@example(text="=??Q?=0D")
@example(text="=?utf-8?q?=0D=0ABcc:_b@y.org?=")
@settings(deadline=None)
def test_no_text_of_a_person_ever_makes_a_header_or_a_recipient(text):
    for kind in MailKind:
        message = read(composed(kind, filled_with(kind, text)))

        assert set(message.keys()) == HEADERS
        assert len(message.keys()) == len(HEADERS)
        assert [address.addr_spec for address in message["To"].addresses] == ["student1@example.org"]
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=60))
@settings(deadline=None)
def test_a_name_arrives_as_it_was_written(text):
    message = composed(MailKind.REFUND_PROCESSED, make(RefundProcessed, customer_name=text))

    assert text_of(message).startswith(f"Hello {text},")


def test_a_sender_whose_name_is_an_encoded_word_is_refused():
    sender = "=?utf-8?q?=0D=0ABcc:_b@y.org?= <billing@school.example>"

    with pytest.raises(MailInputRefused, match="sender"):
        wire(sender=sender)


def test_the_same_moment_in_any_zone_gives_the_same_date_header():
    in_utc = datetime(2026, 10, 6, 4, 0, tzinfo=UTC)

    assert wire(date=in_utc.astimezone(INDIA)) == wire(date=in_utc)


def _python(script, **environment):
    """What a fresh Python prints."""
    whole = os.environ | environment | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", script], env=whole, capture_output=True, check=True).stdout
