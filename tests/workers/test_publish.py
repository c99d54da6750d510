"""Waking: best effort, by name, ids only."""

import json
import time
from base64 import b64decode
from datetime import datetime
from uuid import uuid4

import pytest
import redis
import structlog

from tasks.events import apply_events
from workers.publish import WAKE_EXPIRES_S, wake, wake_by_name
from workers.queues import ROUTES


def messages(url: str, queue: str) -> list[dict]:
    with redis.Redis.from_url(url) as client:
        return [json.loads(each) for each in client.lrange(f"bursar:{queue}", 0, -1)]


@pytest.mark.parametrize("name", ROUTES)
def test_a_wake_goes_to_the_queue_of_its_task(broker_url, name):
    assert wake_by_name(name)

    [message] = messages(broker_url, ROUTES[name].value)
    assert message["headers"]["task"] == name
    assert json.loads(b64decode(message["body"]))[:2] == [[], {"ids": []}]


def test_ids_travel_as_text(broker_url):
    first, second = uuid4(), uuid4()

    assert wake_by_name("events.apply", [first])
    assert wake(apply_events, ids=[second, "text"])

    bodies = [json.loads(b64decode(each["body"]))[1] for each in messages(broker_url, "events")]
    assert sorted(bodies, key=str) == sorted([{"ids": [str(first)]}, {"ids": [str(second), "text"]}], key=str)


def test_a_wake_expires_so_that_a_backlog_does_not_multiply(broker_url):
    before = time.time()

    wake_by_name("events.apply")

    [message] = messages(broker_url, "events")
    left = datetime.fromisoformat(message["headers"]["expires"]).timestamp() - before
    assert WAKE_EXPIRES_S - 1 < left < WAKE_EXPIRES_S + 10


def test_a_broker_that_is_away_is_logged_and_nothing_else():
    with structlog.testing.capture_logs() as logged:
        assert wake_by_name("events.apply") is False
        assert wake(apply_events, ids=[]) is False

    assert [(line["event"], line["task"]) for line in logged] == [("publish.failed", "events.apply")] * 2


def test_an_unknown_task_is_a_mistake_of_ours_and_not_published():
    with pytest.raises(KeyError):
        wake_by_name("events.aply")


def test_positional_arguments_are_refused_because_keywords_are_the_wire_format():
    with pytest.raises(TypeError, match="keyword"):
        wake(apply_events, [uuid4()])


def test_other_plain_values_travel_as_they_are(broker_url):
    wake(apply_events, ids=(1, "two"))

    [message] = messages(broker_url, "events")
    assert json.loads(b64decode(message["body"]))[1] == {"ids": [1, "two"]}


def test_a_connection_that_broke_while_it_was_idle_costs_no_wake(broker_url):
    assert wake_by_name("events.apply")

    with redis.Redis.from_url(broker_url) as client:
        assert client.client_kill_filter(_type="normal", skipme=True) >= 1

    assert wake_by_name("events.apply")
    assert len(messages(broker_url, "events")) == 2
