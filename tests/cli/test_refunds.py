"""`bursar refunds`: what a person at a desk asks for, and another one decides."""

import pytest

from bursar.cli.exits import ExitCode
from tests.cli.books import paid_course
from tests.support.factories import rows, value

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with a course that was paid."""
    paid_course()


def test_a_request_is_listed_until_it_is_approved_and_then_sent(bursar):
    asked = bursar("refunds", "request", "pi_course", "--amount", "1,00.50", "--reason", "moved", "--json")
    assert asked.json["status"] == "requested"
    assert asked.json["amount_minor"] == 100_50

    [listed] = bursar("refunds", "list", "--status", "requested", "--json").jsonl
    approved = bursar("refunds", "approve", listed["id"], "--json")

    assert approved.json["status"] == "approved"
    assert rows("SELECT operation, params ->> 'payment' FROM gateway_calls") == [("refund", "pi_course")]
    assert bursar("refunds", "list", "--status", "requested").out.strip() == "nobody asked for a refund"


def test_words_say_what_the_values_say(bursar):
    out = bursar("refunds", "request", "pi_course", "--reason", "course cancelled").out

    assert "$499.00" in out
    assert "bursar refunds approve" in out
    assert "course cancelled" in bursar("refunds", "list").out


def test_who_may_do_both_approves_at_once(bursar):
    asked = bursar("refunds", "request", "pi_course", "--reason", "x", "--approve", "--json")

    assert asked.json["decided_by"] == asked.json["requested_by"]


def test_a_request_is_rejected_with_a_reason(bursar):
    request_id = bursar("refunds", "request", "pi_course", "--reason", "x", "--json").json["id"]

    rejected = bursar("refunds", "reject", request_id, "--reason", "outside the terms", "--json")

    assert (rejected.json["status"], rejected.json["decision"]) == ("rejected", "outside the terms")
    again = bursar("refunds", "approve", request_id)
    assert again.code == ExitCode.REFUSED
    assert "rejected already" in again.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("request", "pi_none", "--reason", "x"), ExitCode.REFUSED, "pi_none"),
        (("request", "pi_course", "--reason", "x", "--amount", "a lot"), ExitCode.REFUSED, "a lot"),
        (("request", "pi_course", "--reason", "x", "--amount", "499.01"), ExitCode.REFUSED, "499.00"),
        (("approve", "no-id"), ExitCode.USAGE, "no-id"),
        (("approve", "00000000-0000-7000-8000-000000000000"), ExitCode.REFUSED, "refunds list"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(bursar, words, code, said):
    answer = bursar("refunds", *words)

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM refund_requests") == 0
