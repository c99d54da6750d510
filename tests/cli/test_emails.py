"""Mails from the command line: listed, shown, sent anew, suppressed, taken back in, previewed."""

import pytest

from bursar.cli.emails import FIELDS
from bursar.cli.exits import ExitCode
from bursar.rules.consequences import MailKind
from tests.cli.books import paid_course, work
from tests.emails.reports import bounce
from tests.support.factories import rows, value

pytestmark = pytest.mark.postgres

RECEIPT = "payment.received"
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def var(database_url, tmp_path, variables):
    variables(BURSAR_VAR=str(tmp_path / "var"), BURSAR_SMTP_URL=None)
    return tmp_path / "var"


@pytest.fixture
def receipt_id(var):
    """A receipt's mail that has gone out."""
    paid_course()
    work()
    return value("SELECT id FROM emails WHERE kind = %s", RECEIPT)


def address():
    return value("SELECT email FROM customers ORDER BY id LIMIT 1")


def test_mails_are_listed_with_exactly_the_promised_names(bursar, receipt_id):
    [told] = bursar("emails", "list", "--kind", RECEIPT, "--json").jsonl

    assert tuple(told) == FIELDS
    assert (told["id"], told["to"], told["send_state"]) == (str(receipt_id), address(), "sent")
    assert bursar("emails", "list", "--state", "bounced").out == "no mails\n"
    assert str(receipt_id) in bursar("emails", "list").out


def test_a_mail_is_shown_with_its_message_id_and_what_the_server_said(bursar, receipt_id):
    told = bursar("emails", "show", receipt_id, "--json").json

    assert told["message_id"].startswith(f"<{receipt_id}.{RECEIPT}@")
    assert told["answer"] == f"{receipt_id}.{RECEIPT}.eml"
    assert "copies" in bursar("emails", "show", receipt_id).out
    assert bursar("emails", "show", NOBODY).code == ExitCode.REFUSED


def test_a_mail_is_sent_anew_as_another_with_the_reason_audited(bursar, receipt_id, var):
    told = bursar("emails", "resend", receipt_id, "--reason", "the student lost it", "--json").json
    assert bursar("emails", "resend", told["id"], "--reason", "impatient").code == ExitCode.REFUSED
    work()

    assert rows("SELECT send_state FROM emails WHERE kind = %s", RECEIPT) == [("sent",)] * 2
    assert len(list((var / "outbox").glob(f"*.{RECEIPT}.eml"))) == 2
    [(detail,)] = rows("SELECT detail FROM audit_log WHERE action = 'email.resent'")
    assert detail["reason"] == "the student lost it"


def test_an_address_is_suppressed_listed_and_let_go_again(bursar, receipt_id):
    assert "any more" in bursar("emails", "suppress", "A@Example.org", "--reason", "asked for it").out
    assert "already" in bursar("emails", "suppress", "a@example.org", "--reason", "asked for it").out

    [told] = bursar("emails", "suppressions", "--json").jsonl
    assert (told["address"], told["reason"], told["detail"]) == ("a@example.org", "operator", "asked for it")
    assert "a@example.org" in bursar("emails", "suppressions").out

    assert bursar("emails", "unsuppress", "a@example.org", "--reason", "asked again").code == 0
    assert bursar("emails", "unsuppress", "a@example.org", "--reason", "twice").code == ExitCode.REFUSED
    assert bursar("emails", "suppressions").out == "nobody is suppressed\n"
    assert [
        action for (action,) in rows("SELECT action FROM audit_log WHERE action LIKE 'suppression.%%'")
    ] == [
        "suppression.made",
        "suppression.lifted",
    ]


@pytest.mark.parametrize("wrong", ["a@x.org,b@y.org", "nobody"])
def test_what_is_no_address_is_refused(bursar, var, wrong):
    assert bursar("emails", "suppress", wrong, "--reason", "a typo").code == ExitCode.REFUSED


def test_a_reason_must_be_given_in_words(bursar, var):
    assert bursar("emails", "suppress", "a@example.org", "--reason", " .").code == ExitCode.USAGE


def test_reports_are_taken_in_from_files_and_what_is_none_is_named(bursar, receipt_id, var, tmp_path):
    [mail] = (var / "outbox").glob(f"*.{RECEIPT}.eml")
    report, other = tmp_path / "report.eml", tmp_path / "other.eml"
    report.write_bytes(bounce(mail.read_bytes()))
    other.write_text("Subject: hello\n\nlunch?\n")

    answer = bursar("emails", "bounced", report, other, tmp_path / "missing.eml")

    assert answer.code == ExitCode.REFUSED
    assert "other.eml" in answer.err
    assert "missing.eml" in answer.err
    assert "nothing is sent there any more" in answer.out
    assert bursar("emails", "show", receipt_id, "--json").json["suppressed"] == "bounced"
    [told] = [bursar("emails", "bounced", report, "--json").json]
    assert (told["verdict"], told["news"]) == ("bounced", False)


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_can_be_looked_at_without_a_database(bursar, tmp_path, kind):
    page = tmp_path / "mail.html"

    assert bursar("emails", "preview", kind).out.startswith("Subject: ")
    assert bursar("emails", "preview", kind, "--html").out.startswith("<!doctype html>")
    assert bursar("emails", "preview", kind, "--open-file", page).out.startswith("written: file://")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_preview_is_one_of_both(bursar):
    assert bursar("emails", "preview", "dunning.due", "--html", "--text").code == ExitCode.USAGE
