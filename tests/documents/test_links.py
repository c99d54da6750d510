from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.documents.links import (
    TTL_MAX,
    LinkEnded,
    LinkWrong,
    TtlRefused,
    document_link,
    read_link,
    sign_link,
)
from bursar.errors import Misconfigured
from bursar.rotation import DatedSecret
from bursar.settings import Settings

NOW = datetime(2026, 8, 3, 12, tzinfo=UTC)
DOCUMENT = UUID("0192f0c1-7d3e-7000-8000-123456789012")
NEW, OLD = (
    DatedSecret(b"the new secret of links", None),
    DatedSecret(b"the old secret of links", date(2026, 8, 3)),
)
HOUR = timedelta(hours=1)


def test_a_link_names_its_document_until_it_ends():
    token = sign_link(NEW.value, DOCUMENT, NOW, HOUR)

    assert read_link([NEW], token, NOW) == DOCUMENT
    assert read_link([NEW], token, NOW + HOUR - timedelta(seconds=1)) == DOCUMENT
    with pytest.raises(LinkEnded):
        read_link([NEW], token, NOW + HOUR)


def test_a_link_of_the_old_secret_works_through_its_last_day():
    token = sign_link(OLD.value, DOCUMENT, NOW, timedelta(days=30))

    assert read_link([NEW, OLD], token, NOW) == DOCUMENT
    with pytest.raises(LinkWrong):
        read_link([NEW, OLD], token, NOW + timedelta(days=1))
    with pytest.raises(LinkWrong):
        read_link([], token, NOW)


@given(st.integers(min_value=0), st.characters())
def test_no_character_of_a_link_can_be_changed(at, character):
    token = sign_link(NEW.value, DOCUMENT, NOW, HOUR)
    at %= len(token) - 1  # of the last one a few bits mean nothing
    changed = token[:at] + character + token[at + 1 :]

    if changed != token:
        with pytest.raises(LinkWrong):
            read_link([NEW], changed, NOW)


@given(st.text())
def test_what_nobody_signed_is_wrong(token):
    with pytest.raises(LinkWrong):
        read_link([NEW], token, NOW)


@pytest.mark.parametrize("ttl", [timedelta(), -HOUR, TTL_MAX + HOUR])
def test_a_link_lives_for_a_moment_at_least_and_a_year_at_most(ttl):
    with pytest.raises(TtlRefused):
        sign_link(NEW.value, DOCUMENT, NOW, ttl)


def test_the_address_begins_where_the_receiver_is_reached():
    secret = NEW.value.decode()
    settings = Settings(link_secret=secret, public_url="https://pay.school.example/", link_ttl_h=1)

    link = document_link(settings, DOCUMENT, NOW)

    start = "https://pay.school.example/documents/"
    assert link.startswith(start)
    assert read_link(settings.link_secrets(), link.removeprefix(start), NOW) == DOCUMENT
    with pytest.raises(LinkEnded):
        read_link(settings.link_secrets(), link.removeprefix(start), NOW + HOUR)
    assert document_link(Settings(link_secret=secret, port=81), DOCUMENT, NOW).startswith(
        "http://127.0.0.1:81/"
    )


def test_without_a_secret_there_is_no_link():
    with pytest.raises(Misconfigured, match="BURSAR_LINK_SECRET"):
        document_link(Settings(), DOCUMENT, NOW)
