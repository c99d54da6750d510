"""What became due is woken after the commit, by ids that fit into one message."""

import json
from base64 import b64decode

import redis

from bursar.ids import new_id
from tasks.wakes import IDS_MAX, Wakes


def messages(broker_url: str, queue: str) -> list[dict]:
    """The keyword arguments of the messages in a queue."""
    with redis.Redis.from_url(broker_url) as client:
        raw = client.lrange(f"bursar:{queue}", 0, -1)
    return [json.loads(b64decode(json.loads(each)["body"]))[1] for each in raw]


def test_each_kind_wakes_its_own_task_with_ids_only(broker_url):
    document, enrollment, mail = new_id(), new_id(), new_id()

    Wakes(documents=[document], enrollments=[enrollment], emails=[mail]).publish()

    assert messages(broker_url, "documents") == [{"ids": [str(document)]}]
    assert messages(broker_url, "events") == [{"ids": [str(enrollment)]}]
    assert messages(broker_url, "emails") == [{"ids": [str(mail)]}]


def test_nothing_due_wakes_nobody(broker_url):
    Wakes().publish()

    assert [messages(broker_url, queue) for queue in ("documents", "events", "emails")] == [[], [], []]


def test_a_message_carries_a_hint_of_bounded_length(broker_url):
    Wakes(emails=[new_id() for _ in range(IDS_MAX + 50)]).publish()

    [message] = messages(broker_url, "emails")
    assert len(message["ids"]) == IDS_MAX


def test_without_a_broker_nothing_is_raised():
    Wakes(emails=[new_id()]).publish()
