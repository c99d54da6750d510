"""Whatever gave up, of every kind, is shown, brought back or put aside; and the audit log says by whom."""

import pytest

from bursar.cli.dead import Kind
from bursar.cli.exits import ExitCode
from models.kinds import (
    BUNDLES,
    CREDIT_NOTES,
    DUNNING_STEPS,
    GATEWAY_CALLS,
    ISSUING_RUNS,
    KINDS,
    NOTIFICATIONS,
    RECONCILIATION_RUNS,
)
from models.queries.dead import SUBJECTS
from tests.cli.books import dead_event, paid_course
from tests.support.factories import execute, make_work, rows, value

pytestmark = pytest.mark.postgres

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with empty books."""


def kill(table: str, **also: object) -> object:
    """Make one row of a table dead, as its worker would."""
    [row_id] = rows(f"SELECT id FROM {table} ORDER BY id LIMIT 1")[0]
    execute(
        f"UPDATE {table} SET state = 'dead', error = 'gave up', error_class = 'Test' WHERE id = %s", row_id
    )
    for column, given in also.items():
        execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", given, row_id)
    return row_id


def one_of_each() -> None:
    paid_course()
    dead_event()
    kill("enrollments", observed="pending")
    execute("UPDATE documents SET blob_key = NULL, state = 'dead', error = 'no font', done_at = now()")
    kill("emails", send_state="failed", copies=1)
    make_work(GATEWAY_CALLS)
    kill("gateway_calls")
    make_work(RECONCILIATION_RUNS)
    kill("reconciliation_runs")
    for kind in (BUNDLES, NOTIFICATIONS, CREDIT_NOTES, ISSUING_RUNS, DUNNING_STEPS):
        make_work(kind)
        kill(kind.table)


def states() -> dict[str, object]:
    return {table: value(f"SELECT state FROM {table} WHERE state <> 'done' LIMIT 1") for table in SUBJECTS}


def test_the_kinds_offered_are_all_kinds_of_work():
    assert {kind.value for kind in Kind} == {kind.table for kind in KINDS} == set(SUBJECTS)


def test_every_kind_is_listed_with_its_reason(bursar):
    one_of_each()

    dead = bursar("dead", "list", "--json").jsonl
    out = bursar("dead", "list").out

    assert {row["kind"] for row in dead} == set(SUBJECTS)
    assert all(row["error"] and row["error"] in out for row in dead)


def test_one_kind_is_listed_alone(bursar):
    one_of_each()

    assert [row["kind"] for row in bursar("dead", "list", "--kind", "emails", "--json").jsonl] == ["emails"]


def test_nothing_dead_says_so(bursar):
    assert bursar("dead", "list").out == "nothing is dead\n"


def test_one_dead_letter_is_shown_in_full(bursar):
    event_id = dead_event()

    assert bursar("dead", "show", event_id, "--json").json["error_class"] == "Unreadable"
    assert f"bursar dead replay {event_id}" in bursar("dead", "show", event_id).out


def test_all_kinds_come_back_to_life_with_a_clean_slate(bursar):
    one_of_each()

    answer = bursar("dead", "replay", "--all")

    assert f"{len(KINDS)} dead letters replayed" in answer.out
    assert set(states().values()) == {"pending"}
    assert rows("SELECT send_state, copies FROM emails WHERE state = 'pending'") == [("reserved", 0)]
    assert value("SELECT count(*) FROM audit_log WHERE action LIKE '%%.replayed'") == len(KINDS)


def test_a_dead_right_that_is_as_it_should_be_is_done_when_it_is_brought_back(bursar):
    paid_course()
    kill("enrollments")

    assert bursar("dead", "replay", "--all").code == ExitCode.OK
    assert value("SELECT state FROM enrollments") == "done"


def test_one_is_brought_back_and_its_neighbour_stays(bursar):
    first, second = dead_event("pi_1"), dead_event("pi_2")

    assert bursar("dead", "replay", first, "--json").json == {
        "replayed": [{"kind": "gateway_events", "id": str(first)}]
    }
    assert value("SELECT state FROM gateway_events WHERE id = %s", second) == "dead"


def test_a_kind_is_brought_back_alone(bursar):
    one_of_each()

    bursar("dead", "replay", "--all", "--kind", "documents")

    assert states()["documents"] == "pending"
    assert states()["emails"] == "dead"


def test_discarding_keeps_the_reason_on_the_row_and_in_the_audit_log(bursar):
    event_id = dead_event()

    answer = bursar("dead", "discard", event_id, "--reason", "a test of the gateway's")

    assert answer.code == 0
    assert rows("SELECT state, error FROM gateway_events") == [("ignored", "a test of the gateway's")]
    [(action, detail)] = rows("SELECT action, detail FROM audit_log WHERE actor <> 'bursar'")
    assert (action, detail) == ("event.discarded", {"reason": "a test of the gateway's"})


def test_all_kinds_can_be_discarded_and_no_invariant_minds(bursar):
    one_of_each()

    assert bursar("dead", "discard", "--all", "--reason", "closed by hand").code == 0

    assert set(states().values()) == {"ignored"}
    assert {"I12", "I13"}.isdisjoint(each["name"] for each in bursar("check", "--json").json["broken"])


def test_acting_on_a_dead_document_resolves_its_break(bursar):
    one_of_each()
    document = value("SELECT id FROM documents")
    execute(
        "INSERT INTO breaks (id, kind, subject, detail) VALUES (gen_random_uuid(), 'document_dead', %s, 'x')",
        f"document:{document}",
    )

    bursar("dead", "discard", document, "--reason", "printed by hand")

    assert "printed by hand" in str(value("SELECT resolution FROM breaks"))


@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_a_discard_without_words_is_a_usage_error(bursar, reason):
    assert bursar("dead", "discard", dead_event(), "--reason", reason).code == ExitCode.USAGE
    assert value("SELECT state FROM gateway_events") == "dead"


def test_what_is_not_dead_is_refused_and_nothing_named_with_it_changes(bursar):
    dead = dead_event()
    paid_course()
    alive = value("SELECT id FROM gateway_events WHERE state = 'done' LIMIT 1")

    answer = bursar("dead", "replay", dead, alive)

    assert answer.code == ExitCode.REFUSED
    assert str(alive) in answer.err
    assert value("SELECT state FROM gateway_events WHERE id = %s", dead) == "dead"


def test_a_mail_that_may_be_out_twice_is_not_sent_a_third_time(bursar):
    paid_course()
    mail = kill("emails", send_state="unknown", copies=2)

    answer = bursar("dead", "replay", mail)

    assert answer.code == ExitCode.REFUSED
    assert "may have gone out 2 times" in answer.err
    assert value("SELECT state FROM emails WHERE id = %s", mail) == "dead"


@pytest.mark.parametrize(
    "words",
    [
        ["replay"],
        ["replay", "--all", "00000000-0000-7000-8000-000000000000"],
        ["show", "x"],
        ["discard", "--all"],
    ],
)
def test_wrong_words_are_usage_errors(bursar, words):
    assert bursar("dead", *words).code == ExitCode.USAGE


def test_a_run_is_not_brought_back_beside_another_of_its_kind(bursar):
    first, second = make_work(RECONCILIATION_RUNS, 2)
    execute("UPDATE reconciliation_runs SET gateway_account = 'toy:test', state = 'dead', error = 'x'")

    both = bursar("dead", "replay", "--all", "--kind", "reconciliation_runs")
    execute("UPDATE reconciliation_runs SET state = 'pending', error = NULL WHERE id = %s", second)
    one = bursar("dead", "replay", first)

    assert (both.code, one.code) == (ExitCode.REFUSED, ExitCode.REFUSED)
    assert f"run {first} has another of its kind beside it" in one.err
