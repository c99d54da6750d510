"""What waits for a person is shown, taken and resolved; what comes back is a break of its own."""

from datetime import timedelta

import pytest

from bursar.cli.breaks import FIELDS, age_text
from bursar.cli.exits import ExitCode
from bursar.sandbox.samples import stripe_event
from tests.cli.books import overpaid_term, paid_course, refunded, work
from tests.support.factories import execute, rows, store_event, value

pytestmark = pytest.mark.postgres

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with empty books."""


def stray(payment: str = "pi_stray") -> object:
    """Money of nobody; the id of its break."""
    store_event(stripe_event("payment_intent.succeeded", payment=payment, customer=None))
    work()
    return value(
        """SELECT b.id FROM breaks b JOIN payments p ON b.subject = 'payment:' || p.id
           WHERE p.gateway_payment_id = %s AND b.resolved_at IS NULL""",
        payment,
    )


def open_break(kind: str, subject: str) -> object:
    return value(
        "INSERT INTO breaks (id, kind, subject, detail) VALUES (gen_random_uuid(), %s, %s, 'x') RETURNING id",
        kind,
        subject,
    )


def test_json_is_one_object_per_break_with_exactly_the_promised_names(bursar):
    break_id = stray()

    [told] = bursar("breaks", "list", "--json").jsonl

    assert tuple(told) == FIELDS
    assert (told["id"], told["kind"], told["about"]) == (str(break_id), "unidentified_payment", "pi_stray")
    assert told["owner"] is None
    assert told["age_s"] >= 0


def test_the_table_names_what_a_person_can_search_for(bursar):
    stray()

    out = bursar("breaks", "list").out

    assert out.splitlines()[0].split() == ["age", "id", "kind", "about", "owner", "detail"]
    assert "pi_stray" in out
    assert "nobody is known to have paid this" in out


def test_the_oldest_break_comes_first_and_the_list_is_limited(bursar):
    first, second = stray("pi_1"), stray("pi_2")
    execute("UPDATE breaks SET opened_at = opened_at - interval '3 days' WHERE id = %s", second)

    told = bursar("breaks", "list", "--json").jsonl

    assert [each["id"] for each in told] == [str(second), str(first)]
    assert len(bursar("breaks", "list", "--limit", 1, "--json").jsonl) == 1
    assert "3 d" in bursar("breaks", "list").out


@pytest.mark.parametrize(
    ("subject", "about"),
    [("event", "gateway_events"), ("document", "documents"), ("email", "emails"), ("payment", "payments")],
)
def test_subjects_of_every_kind_are_named(bursar, subject, about):
    paid_course()
    open_break("wrong_mode", f"{subject}:{value(f'SELECT id FROM {about} ORDER BY id LIMIT 1')}")

    assert bursar("breaks", "list", "--json").jsonl[0]["about"]


@pytest.mark.parametrize("subject", ["payment:none", "downtime:down_1", "event:00000000-0000-7000"])
def test_a_subject_that_is_no_row_is_shown_as_it_is(bursar, subject):
    open_break("wrong_mode", subject)

    assert subject in bursar("breaks", "list").out


def test_one_kind_is_listed_alone(bursar):
    stray()
    open_break("wrong_mode", "event:x")

    kinds = [each["kind"] for each in bursar("breaks", "list", "--kind", "wrong_mode", "--json").jsonl]

    assert kinds == ["wrong_mode"]
    assert bursar("breaks", "list", "--kind", "weather").code == ExitCode.USAGE


def test_nothing_open_says_so(bursar):
    assert bursar("breaks", "list").out == "nothing waits for a person\n"


def test_one_break_is_shown_with_what_to_do_next(bursar):
    break_id = stray()

    out, told = bursar("breaks", "show", break_id).out, bursar("breaks", "show", break_id, "--json").json

    assert f"bursar explain payment {value('SELECT id FROM payments')}" in out
    assert f"bursar breaks resolve {break_id} --reason TEXT" in out
    assert told["alike"] == 0


def test_a_break_that_is_taken_has_an_owner_and_the_audit_log_says_who_gave_it(bursar):
    break_id = stray()

    answer = bursar("breaks", "take", break_id, "--as", "desk 2")

    assert "1 break taken" in answer.out
    assert value("SELECT owner FROM breaks") == "desk 2"
    [(actor, action, subject, detail)] = rows(
        "SELECT actor, action, subject_id, detail FROM audit_log WHERE actor <> 'bursar'"
    )
    assert (action, subject, detail) == ("break.taken", break_id, {"owner": "desk 2"})
    assert actor
    assert len(bursar("breaks", "list", "--owner", "desk 2", "--json").jsonl) == 1
    assert bursar("breaks", "list", "--owner", "desk 3", "--json").jsonl == []


def test_who_takes_a_break_without_a_name_takes_it_for_himself(bursar):
    bursar("breaks", "take", stray())

    assert value("SELECT owner FROM breaks") == value("SELECT actor FROM audit_log WHERE actor <> 'bursar'")


def test_a_resolved_break_keeps_the_reason_and_the_audit_log_says_by_whom(bursar):
    break_id = stray()

    answer = bursar("breaks", "resolve", break_id, "--reason", "refunded by hand", "--json")

    assert answer.json == {"resolved": [{"kind": "unidentified_payment", "id": str(break_id)}]}
    [(resolution, owner)] = rows("SELECT resolution, owner FROM breaks WHERE resolved_at IS NOT NULL")
    assert resolution == f"resolved by {owner}: refunded by hand"
    [(actor, action, detail)] = rows("SELECT actor, action, detail FROM audit_log WHERE actor <> 'bursar'")
    assert (actor, action, detail) == (owner, "break.resolved", {"reason": "refunded by hand"})


def test_resolved_breaks_are_listed_only_when_asked_for(bursar):
    bursar("breaks", "resolve", stray(), "--reason", "refunded by hand")

    assert bursar("breaks", "list").out == "nothing waits for a person\n"
    assert "refunded by hand" in bursar("breaks", "list", "--resolved").out


def test_a_break_that_happens_again_is_a_row_of_its_own(bursar):
    overpaid_term()
    subject = f"payment:{value('SELECT id FROM payments')}"
    first = open_break("double_payment", subject)
    bursar("breaks", "resolve", first, "--reason", "released by hand")

    second = open_break("double_payment", subject)

    assert bursar("breaks", "show", second, "--json").json["alike"] == 1
    assert [each["id"] for each in bursar("breaks", "list", "--json").jsonl] == [str(second)]


def test_a_whole_kind_is_resolved_at_once(bursar):
    stray("pi_1"), stray("pi_2")
    other = open_break("wrong_mode", "event:x")

    answer = bursar("breaks", "resolve", "--kind", "unidentified_payment", "--reason", "a test of ours")

    assert "2 breaks resolved" in answer.out
    assert rows("SELECT id FROM breaks WHERE resolved_at IS NULL") == [(other,)]


def test_what_an_invariant_needs_open_is_not_resolved(bursar):
    paid_course()
    refunded(minor=600_00)
    break_id = value("SELECT id FROM breaks WHERE kind = 'refund_exceeds_payment'")

    answer = bursar("breaks", "resolve", break_id, "--reason", "so be it")

    assert answer.code == ExitCode.REFUSED
    assert "that is still so" in answer.err
    assert value("SELECT count(*) FROM breaks WHERE resolved_at IS NULL") == 1


@pytest.mark.parametrize("act", [["take"], ["resolve", "--reason", "done by hand"]])
def test_what_is_not_open_is_refused_and_nothing_named_with_it_changes(bursar, act):
    first, second = stray("pi_1"), stray("pi_2")
    bursar("breaks", "resolve", first, "--reason", "refunded by hand")
    before = rows("SELECT * FROM breaks ORDER BY id")

    for wrong in (first, NOBODY):
        answer = bursar("breaks", *act, second, wrong)
        assert answer.code == ExitCode.REFUSED
        assert str(wrong) in answer.err
    assert rows("SELECT * FROM breaks ORDER BY id") == before


@pytest.mark.parametrize(
    "words",
    [
        ["take"],
        ["take", "x"],
        ["take", NOBODY, "--as", " "],
        ["resolve", NOBODY],
        ["resolve", NOBODY, "--reason", "x"],
        ["resolve", "--reason", "done by hand"],
        ["resolve", NOBODY, "--kind", "wrong_mode", "--reason", "done by hand"],
        ["show", "x"],
    ],
)
def test_wrong_words_are_usage_errors(bursar, words):
    assert bursar("breaks", *words).code == ExitCode.USAGE


@pytest.mark.parametrize("verb", ["show", "take"])
def test_an_unknown_break_is_refused(bursar, verb):
    assert bursar("breaks", verb, NOBODY).code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_an_age_is_said_in_one_unit(age, said):
    assert age_text(age) == said
