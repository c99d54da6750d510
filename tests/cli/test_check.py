"""`bursar check` tells in one exit code whether the books hold."""

import pytest

from bursar.cli.exits import ExitCode
from models.queries.invariant_sql import STATEMENTS
from tests.cli.books import paid_course
from tests.support.factories import execute, value

pytestmark = pytest.mark.postgres


def test_sound_books_are_reported_as_such(bursar, database_url):
    paid_course()

    answer = bursar("check")

    assert answer.code == 0
    assert answer.out.count(" holds") == len(STATEMENTS)
    assert f"{len(STATEMENTS)} invariants checked, none broken" in answer.out


def test_json_holds_exactly_what_is_promised(bursar, database_url):
    answer = bursar("check", "--json")

    assert (answer.code, answer.json) == (0, {"checked": len(STATEMENTS), "broken": []})


def test_a_broken_invariant_is_named_with_its_rows_and_ends_with_6(bursar, database_url):
    paid_course()
    execute("UPDATE payments SET credit_minor = credit_minor + 1")

    told, text = bursar("check", "--json"), bursar("check")

    assert told.code == text.code == ExitCode.BROKEN
    assert [list(broken) for broken in told.json["broken"]] == [["name", "rows"]]
    assert told.json["broken"][0]["name"] == "I1"
    assert told.json["broken"][0]["rows"][0]["payment_id"] == str(value("SELECT id FROM payments"))
    assert "I1: every payment lies somewhere" in text.out


def test_many_broken_rows_are_cut_in_text(bursar, database_url):
    for n in range(7):
        paid_course(f"pi_{n}")
    execute("UPDATE payments SET credit_minor = credit_minor + 1")

    assert "… and 2 more: bursar check --json" in bursar("check").out
