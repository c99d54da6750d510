"""Operators see what gateways told us, and have it applied again."""

import pytest

from bursar.cli.events import FIELDS, State
from bursar.cli.exits import ExitCode
from bursar.cli.replaying import SHOWN_MAX
from models.work import WorkState
from tests.cli.books import dead_event, ignored_event, paid_course, waiting_refund
from tests.support.factories import execute, rows, value

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with an empty inbox."""


def test_the_states_offered_are_those_of_all_work():
    assert [state.value for state in State] == [*(state.value for state in WorkState), "waiting"]


def test_json_is_one_object_per_event_with_exactly_the_promised_names(bursar):
    event_id = dead_event()

    [event] = bursar("events", "list", "--json").jsonl

    assert tuple(event) == FIELDS
    assert (event["id"], event["gateway"], event["state"]) == (str(event_id), "stripe", "dead")
    assert "amount_received" in event["error"]


def test_the_list_begins_with_the_newest_and_is_limited(bursar):
    paid_course()

    told = [event["type"] for event in bursar("events", "list", "--limit", 2, "--json").jsonl]

    assert told == ["checkout.session.completed", "charge.succeeded"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--state", "dead"], 1),
        (["--state", "ignored"], 1),
        (["--type", "payment_intent.succeeded"], 1),
        (["--type", "*.updated"], 1),
        (["--type", "payment%"], 0),
        (["--gateway", "stripe"], 3),
        (["--gateway", "stripe:test"], 3),
        (["--gateway", "stripe:live"], 0),
        (["--gateway", "razorpay"], 0),
        (["--state", "pending"], 1),
        (["--state", "waiting"], 1),
        (["--since", "1h"], 3),
        (["--since", "2199-01-01"], 0),
    ],
)
def test_options_choose_events(bursar, options, found):
    dead_event(), ignored_event(), waiting_refund()

    assert len(bursar("events", "list", "--json", *options).jsonl) == found


def test_the_table_names_what_an_event_waits_for(bursar):
    waiting_refund()

    out = bursar("events", "list").out

    assert out.splitlines()[0].split()[:2] == ["received", "id"]
    assert "waits for stripe:test/" in out


def test_an_empty_list_says_so(bursar):
    assert bursar("events", "list").out == "no such events\n"


@pytest.mark.parametrize("wrong", [["--state", "lost"], ["--since", "soon"], ["--limit", "0"]])
def test_wrong_options_are_usage_errors(bursar, wrong):
    assert bursar("events", "list", *wrong).code == ExitCode.USAGE


def test_an_event_is_shown_with_its_facts_but_without_its_body(bursar):
    paid_course()
    gateway_id = value("SELECT gateway_event_id FROM gateway_events ORDER BY id LIMIT 1")

    text, told = bursar("events", "show", gateway_id).out, bursar("events", "show", gateway_id, "--json").json

    assert "fact 0: payment.processing" in text
    assert "sample.learner@example.com" not in text
    assert told["facts"][0]["data"]["payment"] == "pi_course"
    assert "body" not in told


def test_the_body_is_shown_when_asked_for(bursar):
    event_id = dead_event()

    assert '"amount_received":49.9' in bursar("events", "show", event_id, "--json", "--body").json["body"]
    assert "49.9" in bursar("events", "show", event_id, "--body").out


@pytest.mark.parametrize("ref", ["evt_nobody", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_event_is_refused(bursar, ref):
    answer = bursar("events", "show", ref)

    assert answer.code == ExitCode.REFUSED
    assert ref in answer.err


def test_a_gateway_id_that_two_events_have_is_refused(bursar):
    first, second = dead_event("pi_1"), dead_event("pi_2")
    execute("UPDATE gateway_events SET gateway_event_id = 'evt_same' WHERE id = ANY(%s)", [first, second])

    answer = bursar("events", "show", "evt_same")

    assert answer.code == ExitCode.REFUSED
    assert str(first) in answer.err


def test_a_replayed_event_is_due_again_and_the_audit_log_says_who_did_it(bursar):
    event_id = dead_event()

    answer = bursar("events", "replay", event_id)

    assert answer.code == 0
    assert "1 event due again; no broker took the wake" in answer.out
    assert value("SELECT state FROM gateway_events") == "pending"
    [(actor, action, subject)] = rows(
        "SELECT actor, action, subject_id FROM audit_log WHERE actor <> 'bursar'"
    )
    assert (action, subject) == ("event.replayed", event_id)
    assert actor


def test_a_replay_wakes_the_worker(bursar, broker_url):
    event_id = dead_event()

    assert bursar("events", "replay", event_id, "--json").json == {
        "replayed": [str(event_id)],
        "counts": [{"type": "payment_intent.succeeded", "state": "dead", "count": 1}],
        "dry_run": False,
        "woken": True,
    }


def test_a_dry_run_shows_and_changes_nothing(bursar):
    dead_event()

    answer = bursar("events", "replay", "--state", "dead", "--dry-run")

    assert "1 event would be replayed; nothing was changed" in answer.out
    assert value("SELECT state FROM gateway_events") == "dead"
    assert value("SELECT count(*) FROM audit_log") == 0


def test_options_replay_whatever_may_be_replayed_and_leave_the_rest(bursar):
    dead_event(), ignored_event(), paid_course()

    bursar("events", "replay", "--gateway", "stripe")

    assert rows("SELECT state, count(*) FROM gateway_events GROUP BY 1 ORDER BY 1") == [
        ("done", 4),
        ("pending", 2),
    ]


def test_nothing_to_replay_says_so(bursar):
    assert "no such events" in bursar("events", "replay", "--state", "dead").out


def test_an_applied_event_is_not_replayed_and_neither_are_those_named_with_it(bursar):
    dead = dead_event()
    paid_course()
    done = value("SELECT id FROM gateway_events WHERE state = 'done' LIMIT 1")

    answer = bursar("events", "replay", dead, done)

    assert answer.code == ExitCode.REFUSED
    assert "was applied: every effect has a key" in answer.err
    assert value("SELECT state FROM gateway_events WHERE id = %s", dead) == "dead"


@pytest.mark.parametrize(
    "words", [[], ["--dry-run"], ["evt_1", "--state", "dead"], ["evt_1", "--all"], ["--all", "--since", "1d"]]
)
def test_a_replay_needs_ids_or_options_or_all_and_only_one_of_them(bursar, words):
    dead_event()

    assert bursar("events", "replay", *words).code == ExitCode.USAGE
    assert value("SELECT state FROM gateway_events") == "dead"


@pytest.mark.parametrize(("state", "why"), [("done", "no effect"), ("running", "a worker has it in hand")])
def test_a_state_that_cannot_be_replayed_is_a_usage_error_that_says_why(bursar, state, why):
    answer = bursar("events", "replay", "--state", state)

    assert answer.code == ExitCode.USAGE
    assert why in answer.err


def test_all_that_may_be_replayed_is_due_again_when_all_is_said(bursar):
    dead_event(), ignored_event(), waiting_refund()

    assert "3 events due again" in bursar("events", "replay", "--all").out

    assert rows("SELECT DISTINCT state, waiting_for FROM gateway_events") == [("pending", None)]


def test_what_waits_is_released_alone(bursar):
    dead_event(), waiting_refund()

    answer = bursar("events", "replay", "--state", "waiting")

    assert "1 event due again" in answer.out
    assert rows(
        "SELECT state, waiting_for, not_before <= now() FROM gateway_events ORDER BY id DESC LIMIT 1"
    ) == [("pending", None, True)]
    assert value("SELECT count(*) FROM gateway_events WHERE state = 'dead'") == 1


def test_a_dry_run_counts_by_type_and_state_and_names_a_few(bursar):
    execute(
        """INSERT INTO gateway_events
             (id, gateway_account, dedupe_key, gateway_event_id, type, body, key_id, state, error)
           SELECT gen_random_uuid(), 'stripe:test', n::text, 'evt_' || n,
             CASE WHEN n < 3 THEN 'a.b' ELSE 'c.d' END, '', 'k', 'dead', 'x' FROM generate_series(1, 60) n"""
    )

    answer = bursar("events", "replay", "--state", "dead", "--dry-run")
    told = bursar("events", "replay", "--state", "dead", "--dry-run", "--json").json

    lines = [line.split() for line in answer.out.splitlines()]
    assert lines[:3] == [["count", "was", "type"], ["2", "dead", "a.b"], ["58", "dead", "c.d"]]
    assert answer.out.count("evt_") == SHOWN_MAX
    assert "… and 10 more" in answer.out
    assert "60 events would be replayed; nothing was changed" in answer.out
    assert (len(told["replayed"]), told["dry_run"], told["woken"]) == (60, True, False)
    assert told["counts"] == [
        {"type": "a.b", "state": "dead", "count": 2},
        {"type": "c.d", "state": "dead", "count": 58},
    ]


def test_applied_events_that_match_are_counted_as_passed_over(bursar):
    dead_event(), paid_course()

    out = bursar("events", "replay", "--gateway", "stripe", "--dry-run").out

    assert "4 events that matched were passed over: what is done was applied" in out


def test_a_waiting_event_is_shown_though_it_has_no_time_to_be_tried_at(bursar):
    event_id = waiting_refund()

    assert "waiting_for" in bursar("events", "show", event_id).out


def test_without_a_database_setting_the_variable_is_named(bursar, variables):
    variables(BURSAR_DATABASE_URL=None, BURSAR_BROKER_URL=None)

    answer = bursar("events", "list")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "BURSAR_DATABASE_URL" in answer.err


def test_a_database_that_is_away_is_transient_and_no_password_is_shown(bursar, variables):
    variables(BURSAR_DATABASE_URL="postgresql://user:hidden-word@127.0.0.1:1/x")

    answer = bursar("events", "list")

    assert answer.code == ExitCode.TRANSIENT
    assert "hidden-word" not in answer.err


def test_a_variable_that_nothing_reads_is_pointed_out(bursar, variables):
    variables(BURSAR_DATABASEURL="x")

    assert "BURSAR_DATABASEURL" in bursar("events", "list").err
