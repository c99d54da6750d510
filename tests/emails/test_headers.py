import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.emails.errors import MailInputRefused
from bursar.emails.headers import (
    TEXT_LENGTH_MAX,
    addr_spec,
    mailbox,
    message_id,
    message_id_local_part,
    one_line,
)
from bursar.errors import Refused
from bursar.rules.consequences import MailKind
from tests.emails.examples import ROW_ID


@pytest.mark.parametrize(
    "address",
    [
        "student1@example.org",
        "first.last+tag@example.co.in",
        "o'neil@example.org",
        "a_b-c@xn--bcher-kva.example",
    ],
)
def test_one_plain_address_is_accepted(address):
    assert addr_spec(address, "to") == address


@pytest.mark.parametrize(
    "smuggled",
    [
        "",
        "student1",
        "@example.org",
        "a@localhost",
        "a@x.org,b@y.org",
        "a@x.org;b@y.org",
        "a@x.org b@y.org",
        "a@x.org\r\nBcc: b@y.org",
        "a@x.org\n",
        "a@x.org\r",
        "a@x.org>\r\nRCPT TO:<b@y.org",
        "a%0ab@x.org",
        "b%y.org@x.org",
        "y.org!b@x.org",
        "@y.org:a@x.org",
        "Name <a@x.org>",
        "<a@x.org>",
        '"a b"@x.org',
        "a(comment)@x.org",
        "a@[127.0.0.1]",
        "a@x..org",
        "a@-x.org",
        ".a@x.org",
        "a..b@x.org",
        "-oQ@x.org",
        "|sh@x.org",
        "ü@x.org",
        "a@ü.org",
        "a@x.org\u2028",
        "a@x．org",
        "a" * 65 + "@x.org",
        "a@" + "x" * 64 + ".org",
        "a@" + "x." * 130 + "org",
    ],
)
def test_anything_but_one_plain_address_is_refused_by_the_name_of_its_field(smuggled):
    with pytest.raises(MailInputRefused, match="recipient") as refused:
        addr_spec(smuggled, "recipient")

    assert isinstance(refused.value, Refused)


@given(
    st.text(max_size=8),
    st.sampled_from(["student{}@example.org", "student@exa{}mple.org", "s@example.org{}"]),
)
def test_whatever_is_accepted_is_one_address_of_harmless_characters(inserted, pattern):
    try:
        accepted = addr_spec(pattern.format(inserted), "to")
    except MailInputRefused:
        return
    assert re.fullmatch(r"[A-Za-z0-9#$&'*+/=?^_{}~.-]+@[A-Za-z0-9.-]+", accepted)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("Demo School <billing@school.example>", "Demo School", "billing@school.example"),
        ('"School, Demo" <billing@school.example>', "School, Demo", "billing@school.example"),
        ("स्कूल <billing@school.example>", "स्कूल", "billing@school.example"),
        ("billing@school.example", "billing@school.example", "billing@school.example"),
    ],
)
def test_a_sender_has_a_name_and_one_address(text, name, address):
    found = mailbox(text, "sender")

    assert (found.name, found.address, found.domain) == (name, address, "school.example")


@pytest.mark.parametrize(
    "text",
    [
        "School",
        "School <a@x.org>, b@y.org",
        "School\r\nBcc: b@y.org <a@x.org>",
        "a@x.org b@y.org",
        "S <a@x.o> c",
    ],
)
def test_a_sender_that_is_not_one_mailbox_is_refused(text):
    with pytest.raises(MailInputRefused, match="sender"):
        mailbox(text, "sender")


def test_the_message_id_comes_from_the_row_so_every_attempt_has_the_same():
    made = message_id(ROW_ID, MailKind.PAYMENT_RECEIVED, "school.example")

    assert made == f"<{ROW_ID}.payment.received@school.example>"
    assert message_id_local_part(made, "message_id") == f"{ROW_ID}.payment.received"


@pytest.mark.parametrize(
    "text", ["", "a@b.c", "<../../x@b.c>", "<.x@b.c>", "<a@b.c>\r\nBcc: x", "<a/b@c.d>", "<a@b>"]
)
def test_a_message_id_that_could_name_another_file_or_header_is_refused(text):
    with pytest.raises(MailInputRefused, match="message_id"):
        message_id_local_part(text, "message_id")


def test_shown_text_is_one_line_without_characters_that_turn_its_neighbours():
    assert one_line(" Asha\r\nBcc:\tx\u2028y\u202e0001\x00 \ud800 ") == "Asha Bcc: x y0001"


def test_shown_text_never_begins_an_encoded_word():
    assert one_line("=?utf-8?q?=0D=0ABcc:?=") == "= ?utf-8?q?=0D=0ABcc:?="
    assert "=?" not in one_line("=\u202e?q?")


def test_shown_text_keeps_joiners_that_scripts_need():
    assert one_line("क्‍ष") == "क्‍ष"


@given(st.text())
def test_shown_text_is_short_encodable_and_settled(text):
    shown = one_line(text)

    assert len(shown) <= TEXT_LENGTH_MAX
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown
    assert one_line(shown) == shown
