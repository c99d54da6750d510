"""`bursar documents`: papers by number, links that end, bytes that are compared."""

import pytest

from bursar import settings
from bursar.cli.documents import LISTED, SHOWN
from bursar.cli.exits import ExitCode
from bursar.clock import utc_now
from bursar.documents.links import LINKS_PATH, read_link
from tasks.documents import render_documents
from tests.support.factories import value
from tests.tasks.test_documents import payments

pytestmark = pytest.mark.postgres


@pytest.fixture
def number(database_url, variables, tmp_path):
    """Of the first of two receipts."""
    variables(BURSAR_VAR=str(tmp_path), BURSAR_LINK_SECRET="the secret of all links here")
    payments(2)
    render_documents()
    return str(value("SELECT number FROM receipts WHERE seq = 1"))


def test_documents_are_listed_with_what_they_are_about(bursar, number):
    listed = bursar("documents", "list", "--json").jsonl

    assert tuple(listed[0]) == LISTED
    assert [(row["kind"], row["version"], row["amount_minor"]) for row in listed] == [
        ("receipt", 1, 100_00)
    ] * 2
    customer = listed[0]["customer"]
    assert len(bursar("documents", "list", "--customer", customer, "--kind", "receipt", "--json").jsonl) == 2
    assert bursar("documents", "list", "--state", "dead").out == "no such document\n"
    assert number in bursar("documents", "list").out


def test_one_is_shown_by_number_or_id(bursar, number):
    shown = bursar("documents", "show", number, "--json").json

    assert tuple(shown) == SHOWN
    assert bursar("documents", "show", shown["id"], "--json").json == shown
    assert "100.00" in bursar("documents", "show", number).out
    unknown = bursar("documents", "show", "RCT/none")
    assert (unknown.code, "bursar documents list" in unknown.err) == (ExitCode.REFUSED, True)


def test_a_link_names_its_document_and_its_end(bursar, number):
    told = bursar("documents", "link", number, "--ttl", "2h", "--json").json

    token = told["url"].partition(LINKS_PATH)[2]
    assert str(read_link(settings.load().link_secrets(), token, utc_now())) == told["id"]
    assert bursar("documents", "link", number).out.startswith("http://127.0.0.1:8000/documents/")


@pytest.mark.parametrize(("ttl", "code"), [("2", 2), ("x", 2), ("0m", 4), ("400d", 4)])
def test_a_life_that_no_link_has_is_refused(bursar, number, ttl, code):
    assert bursar("documents", "link", number, "--ttl", ttl).code == code


def test_without_a_secret_the_variable_is_named(bursar, number, variables):
    variables(BURSAR_LINK_SECRET=None)

    answer = bursar("documents", "link", number)

    assert (answer.code, "BURSAR_LINK_SECRET" in answer.err) == (ExitCode.MISCONFIGURED, True)


def test_what_is_sound_is_said_in_one_line_and_what_is_not_ends_with_6(bursar, number, tmp_path):
    assert bursar("documents", "verify").out == "2 documents compared, none damaged\n"
    key = bursar("documents", "show", number, "--json").json["blob_key"]
    (tmp_path / "blobs" / key).write_bytes(b"rotten")

    answer = bursar("documents", "verify", "--json")

    assert answer.code == ExitCode.BROKEN
    assert [(each["number"], each["damage"]) for each in answer.json["damaged"]] == [(number, "damaged")]
    assert "2 documents compared, 1 damaged" in bursar("documents", "verify").out
    again = bursar("documents", "regenerate", number, "--reason", "a disk died")
    assert "a new version is reserved" in again.out
    render_documents()
    assert bursar("documents", "verify", number).out == "1 document compared, none damaged\n"


def test_why_a_document_is_made_again_must_be_said(bursar, number):
    assert bursar("documents", "regenerate", number, "--reason", " x ").code == ExitCode.USAGE


def test_the_standing_of_a_payment_shows_where_its_receipt_is(bursar, number, variables):
    payment = str(value("SELECT p.id FROM payments p JOIN receipts r ON r.payment_id = p.id WHERE r.seq = 1"))

    standing = bursar("payments", "status", payment, "--json").json

    token = standing["receipt_url"].partition(LINKS_PATH)[2]
    shown = bursar("documents", "show", number, "--json").json
    assert str(read_link(settings.load().link_secrets(), token, utc_now())) == shown["id"]
    assert "/documents/" in bursar("payments", "status", payment).out
    variables(BURSAR_LINK_SECRET=None)
    assert bursar("payments", "status", payment, "--json").json["receipt_url"] is None


def test_a_statement_is_reserved_drawn_and_found_by_its_number(bursar, number):
    customer = str(value("SELECT external_ref FROM customers"))
    day = utc_now().date()

    made = bursar("documents", "statement", customer, "--from", day, "--json").json
    render_documents()

    shown = bursar("documents", "show", made["id"], "--json").json
    assert (shown["kind"], shown["state"], shown["customer"]) == ("statement", "done", customer)
    assert bursar("documents", "show", shown["number"], "--json").json["id"] == made["id"]
    assert "is reserved" in bursar("documents", "statement", customer, "--from", day).out
    assert bursar("documents", "statement", customer, "--from", "x").code == ExitCode.REFUSED
