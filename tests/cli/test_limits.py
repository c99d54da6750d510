"""`bursar limits`: set, shown, taken, given back."""

import pytest

from tests.tasks.conftest import toy
from tests.tasks.subscribing import payer, running, standing

__all__ = ["payer", "running", "toy"]


@pytest.fixture
def person(running):
    return standing(running).customer


def test_what_a_plan_allows_is_set_taken_shown_and_given_back(bursar, person):
    bursar("limits", "set", "basic", "seats", 2)
    bursar("limits", "set", "basic", "messages", "unlimited", "--per", "period")

    taken = bursar("limits", "consume", person, "seats", "--key", "a", "--amount", 2, "--json")
    beyond = bursar("limits", "consume", person, "seats", "--key", "b")
    given = bursar("limits", "return", person, "seats", "--key", "c", "--json")
    shown = bursar("limits", "show", person, "--json")

    assert (taken.json["used"], taken.json["left"]) == (2, 0)
    assert beyond.code == 4
    assert "the plan basic allows 2 seats at once; 2 are used, 1 more are too many" in beyond.err
    assert given.json["left"] == 1
    assert [(each["limit"], each["maximum"], each["used"]) for each in shown.jsonl] == [
        ("messages", None, 0),
        ("seats", 2, 1),
    ]


def test_a_table_says_unlimited_where_there_is_no_maximum(bursar, person):
    bursar("limits", "set", "basic", "messages", "unlimited")

    assert "unlimited" in bursar("limits", "show", person).out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["set", "basic", "seats", "many"], 2, "neither a number nor"),
        (["set", "nothing", "seats", "1"], 4, "no plan is called"),
        (["set", "basic", "Seats!", "1"], 2, "a-z, 0-9"),
        (["consume", "nobody", "seats", "--key", "a"], 4, "nobody"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(bursar, person, words, code, why):
    answer = bursar("limits", *words)

    assert answer.code == code
    assert why in answer.err.replace("\n", " ")


def test_a_limit_that_was_set_is_said_as_json_too(bursar, person):
    assert bursar("limits", "set", "basic", "seats", 2, "--json").json == {
        "plan": "basic",
        "limit": "seats",
        "per": "ever",
        "maximum": 2,
    }
