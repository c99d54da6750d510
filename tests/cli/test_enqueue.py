"""A task is woken by its wire name; what is wrong with the words is said before anything is sent."""

import json

import pytest
import redis
import typer

from bursar.cli.enqueue import keyword_values
from bursar.cli.exits import ExitCode
from workers.queues import ROUTES

ID = "01a1fc70-de7b-738c-b998-6d3069d776a6"


def messages(broker_url: str, queue: str) -> list[dict[str, object]]:
    with redis.Redis.from_url(broker_url) as client:
        return [json.loads(each) for each in client.lrange(f"bursar:{queue}", 0, -1)]


def test_a_task_is_woken_with_the_ids_named(bursar, broker_url):
    answer = bursar("enqueue", "documents.render", "--ids", f"{ID}, {ID}")

    assert answer.out == "woke documents.render on queue documents for 2 rows\n"
    [message] = messages(broker_url, "documents")
    assert message["headers"]["task"] == "documents.render"
    assert json.loads(message["headers"]["kwargsrepr"]) == {"ids": [ID, ID]}


def test_without_ids_whatever_is_due_is_worked_off(bursar, broker_url):
    answer = bursar("enqueue", "events.apply", "--json")

    assert answer.json == {"task": "events.apply", "queue": "events", "ids": [], "keywords": {}}
    assert len(messages(broker_url, "events")) == 1


def test_an_unknown_task_is_a_usage_error_that_lists_the_names(bursar):
    answer = bursar("enqueue", "events.aply")

    assert answer.code == ExitCode.USAGE
    listed = "".join(answer.err.split())  # a long message is wrapped
    assert all(name in listed for name in ROUTES)


@pytest.mark.parametrize("words", [["--ids", "12"], ["--kw", "limit"], ["--kw", "limit=5"]])
def test_wrong_ids_and_keywords_are_usage_errors(bursar, broker_url, words):
    assert bursar("enqueue", "events.apply", *words).code == ExitCode.USAGE
    assert messages(broker_url, "events") == []


def test_a_broker_that_is_away_is_transient_and_logs_nothing_into_the_answer(bursar):
    answer = bursar("enqueue", "events.apply")

    assert answer.code == ExitCode.TRANSIENT
    assert "BURSAR_BROKER_URL" in answer.err
    assert answer.out == ""


def test_without_a_broker_setting_the_variable_is_named(bursar, variables):
    variables(BURSAR_BROKER_URL=None, BURSAR_DATABASE_URL=None)

    answer = bursar("enqueue", "events.apply")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "BURSAR_BROKER_URL" in answer.err


def test_keywords_become_numbers_and_words():
    taken = ["limit", "name"]

    assert keyword_values("x.y", taken, ["limit=5", "name=a=b"]) == {"limit": 5, "name": "a=b"}
    with pytest.raises(typer.BadParameter, match="takes limit, name"):
        keyword_values("x.y", taken, ["age=5"])


def test_keywords_reach_the_task(broker_url):
    from bursar.cli import waking

    assert waking.keywords_of(waking.tasks()["events.apply"]) == []
    assert waking.wake_rows("maintenance.sweep", [], {"limit": 5})
    [message] = messages(broker_url, "control")
    assert json.loads(message["headers"]["kwargsrepr"]) == {"ids": [], "limit": 5}


def test_every_route_is_a_task_and_is_listed_with_its_purpose(bursar):
    told = bursar("tasks", "--json").json

    assert {task["task"]: task["queue"] for task in told} == {
        name: queue.value for name, queue in ROUTES.items()
    }
    assert all(task["what"] for task in told)
    assert bursar("tasks").out.startswith("task")
