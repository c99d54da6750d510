"""Cases are shown, held, released and run; policies are planned and simulated."""

import json

import pytest
import time_machine

from bursar.cli.dunning import FIELDS, STEP_FIELDS
from bursar.cli.exits import ExitCode
from tasks.dunning import advance
from tests.rules.dunning.policies import text
from tests.support.factories import make_customer, make_invoice, rows, value

NOON = "2026-12-01T12:00:00Z"


@pytest.fixture
def case(database_url, variables, tmp_path):
    """The number of an invoice that is due, whose first step was taken."""
    policy = tmp_path / "policy.toml"
    policy.write_text(text((0, "remind", "due"), (3, "remind", "overdue")), encoding="utf-8")
    variables(BURSAR_DUNNING_POLICY=str(policy), BURSAR_VAR=str(tmp_path / "var"))
    make_invoice(make_customer())
    with time_machine.travel(NOON, tick=False):
        advance()
    return value("SELECT number FROM invoices")


def test_json_is_one_object_per_case_with_exactly_the_promised_names(bursar, case):
    [told] = bursar("dunning", "list", "--json").jsonl

    assert tuple(told) == FIELDS
    assert (told["invoice"], told["status"], told["steps"]) == (case, "open", 1)
    assert told["why"] == "day 3: remind"
    assert told["next_at"].startswith("2026-12-04")


def test_a_case_is_shown_with_its_steps_and_what_is_to_come(bursar, case):
    out = bursar("dunning", "show", case).out

    assert "dunning.due: reserved" in out
    assert "Fri 04 Dec 2026 09:00" in out
    told = bursar("dunning", "show", case, "--json").json
    assert [tuple(each) for each in told["taken"]] == [STEP_FIELDS]


def test_the_list_says_who_owes_what_and_why_it_waits(bursar, case):
    out = bursar("dunning", "list", "--status", "open").out

    assert "₹1,000.00" in out
    assert "day 3: remind" in out
    assert bursar("dunning", "list", "--status", "recovered").out == "nobody owes anything that is overdue\n"


def test_a_case_is_held_and_released_with_a_reason(bursar, case):
    with time_machine.travel(NOON, tick=False):
        until = ["--promise", "--until", "2026-12-20"]
        assert "held" in bursar("dunning", "hold", case, "--reason", "pays after the 19th", *until).out
        advance()
        [held] = bursar("dunning", "list", "--json").jsonl
        assert (held["hold"], held["why"]) == ("promise", "the customer promised to pay")
        assert "pays after the 19th" in bursar("dunning", "list").out

        assert "released" in bursar("dunning", "release", case, "--reason", "talked").out
        advance()
    assert bursar("dunning", "list", "--json").jsonl[0]["why"] == "day 3: remind"
    acts = rows("SELECT action FROM audit_log WHERE subject_type = 'dunning_case' ORDER BY id")
    assert [act for (act,) in acts if act.endswith(("held", "released"))] == [
        "dunning_case.held",
        "dunning_case.released",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["hold", "CASE", "--reason", "x"], "reason must be 3 to 200"),
        (["hold", "CASE", "--reason", "said so", "--promise"], "until: a promise to pay names a day"),
        (["hold", "CASE", "--reason", "said so", "--until", "2020-01-01"], "until must be in the future"),
        (["hold", "INV/none", "--reason", "said so"], "no case of dunning is, or is about, 'INV/none'"),
        (["show", "INV/none"], "bursar dunning list"),
    ],
)
def test_what_cannot_be_held_is_refused_with_the_cure(bursar, case, words, message):
    answer = bursar("dunning", *[case if word == "CASE" else word for word in words])

    assert answer.code == ExitCode.REFUSED
    assert message in answer.err


def test_a_case_that_is_over_is_not_held(bursar, case):
    with time_machine.travel("2026-12-05T12:00:00Z", tick=False):
        advance()

    answer = bursar("dunning", "hold", case, "--reason", "said so")

    assert answer.code == ExitCode.REFUSED
    assert "is exhausted: there is nothing to hold" in answer.err


def test_a_run_lists_first_and_does_only_when_told(bursar, case):
    with time_machine.travel("2026-12-04T12:00:00Z", tick=False):
        listed = bursar("dunning", "run")
        assert "bursar dunning run --yes" in listed.out
        assert bursar("dunning", "run", "--json").jsonl[0]["action"] == "remind"
        assert value("SELECT count(*) FROM dunning_steps") == 1

        assert bursar("dunning", "run", "--yes").out == "1 step taken\n"
        assert bursar("dunning", "run", "--yes", "--json").json == {"taken": 0}
        assert bursar("dunning", "run").out == "nothing is to be done now\n"


# -- policies, without a database


@pytest.fixture
def policy(tmp_path):
    def write(name, *steps):
        path = tmp_path / name
        path.write_text(text(*steps), encoding="utf-8")
        return str(path)

    return write


def test_a_policy_is_laid_out_in_the_customers_days(bursar):
    out = bursar("dunning", "plan", "--due", "2026-12-01", "--country", "gb").out

    assert "Europe/London" in out
    assert "Mon 07 Dec 2026 09:00" in out  # day 5 is a Sunday
    told = bursar("dunning", "plan", "--due", "2026-12-01", "--json").json
    assert told["steps"][0] == {
        "day": 0,
        "action": "remind",
        "template": "due",
        "at": "2026-12-01T03:30:00+00:00",
    }


def test_a_policy_with_a_mistake_is_refused_with_its_place(bursar, policy):
    answer = bursar("dunning", "plan", "--policy", policy("p.toml", (3, "remind"), (1, "remind")))

    assert answer.code == ExitCode.REFUSED
    assert "steps.2.day" in answer.err


def test_two_policies_are_tried_on_the_same_people(bursar, policy):
    one = policy("one.toml", (0, "remind"), (5, "retry_charge"), (10, "final_notice"), (15, "suspend"))
    two = policy("two.toml", (30, "remind"))
    words = [
        "dunning",
        "simulate",
        "--policy",
        one,
        "--against",
        two,
        "--customers",
        200,
        "--from",
        "2026-12-01",
    ]

    told = bursar(*words, "--json").json

    assert [each["recovered_minor"] == sum(each["recovered_by_day_minor"]) for each in told] == [True, True]
    assert told[0]["owed_minor"] == told[1]["owed_minor"]
    assert told[0]["recovered_minor"] > told[1]["recovered_minor"]
    assert told[0]["mails"] > told[1]["mails"]
    assert bursar(*words, "--json").json == told
    assert json.dumps(bursar(*words, "--seed", 2, "--json").json) != json.dumps(told)


def test_the_same_policy_twice_comes_to_the_same(bursar, policy):
    same = policy("same.toml", (0, "remind"), (5, "retry_charge"))
    words = ["dunning", "simulate", "--policy", same, "--against", same, "--customers", 50]
    told = bursar(*words, "--json").json

    assert told[0] == told[1]


def test_the_chart_says_what_came_week_by_week(bursar):
    out = bursar("dunning", "simulate", "--customers", 50, "--days", 20, "--from", "2026-12-01").out

    weeks = [line[:6] for line in out.splitlines() if "█" in line or "·" in line]
    assert weeks == ["08 Dec", "15 Dec", "21 Dec"]
    assert "The people are invented" in out
