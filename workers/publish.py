"""Wake a task by name. Best effort by design: a lost wake is found by the sweeper. Imports no models.

The message is written here rather than by `send_task`, which takes twice as long over options that a wake
never has. Any broker of kombu's will do.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ParamSpec
from uuid import UUID, uuid4

import orjson
import structlog
from celery.utils.nodenames import anon_nodename
from kombu import Queue
from kombu.exceptions import OperationalError

from bursar.clock import utc_now
from workers.celery import app
from workers.crashpoints import crash_point
from workers.queues import ROUTES
from workers.task import Task

P = ParamSpec("P")
log = structlog.get_logger(__name__)

WAKE_EXPIRES_S = 30
"""A wake older than this is dropped by the worker: the sweeper has sent another, backlogs do not multiply."""
ARGUMENTS_SHOWN_MAX = 1_024
"""Characters of the arguments that Flower shows, as many as of Celery's own messages."""
_NOTHING_ELSE = '{"callbacks":null,"errbacks":null,"chain":null,"chord":null}'


def wake_by_name(name: str, ids: Sequence[UUID] = (), *, expires_s: float = WAKE_EXPIRES_S) -> bool:
    """Ask a worker to look at these rows, and at whatever else is due. False when the broker was away."""
    return _send(name, {"ids": list(ids)}, expires_s)


def wake(task: Task[P], *args: P.args, **kwargs: P.kwargs) -> bool:
    """`wake_by_name` for code that has the task at hand: mypy checks the arguments."""
    if args:
        raise TypeError("wake takes keyword arguments only: they are the wire format")
    return _send(task.name, kwargs, WAKE_EXPIRES_S)


def post_to_host(name: str, queue: str, kwargs: Mapping[str, object]) -> bool:
    """Hand a task of the host's own to its workers, with keywords only. False when the broker was away.

    It never expires: nobody finds it again.
    """
    return _put(name, Queue(queue, routing_key=queue), kwargs, None)


def _send(name: str, kwargs: Mapping[str, object], expires_s: float) -> bool:
    return _put(name, app.amqp.queues[ROUTES[name].value], kwargs, expires_s)


def _put(name: str, queue: Queue, kwargs: Mapping[str, object], expires_s: float | None) -> bool:
    arguments = orjson.dumps(kwargs).decode()
    headers = _headers(name, arguments, expires_s)
    try:
        _post(queue, f"[[],{arguments},{_NOTHING_ELSE}]", headers)
    except _broker_errors() as error:
        log.warning("publish.failed", task=name, error=type(error).__name__)
        return False
    crash_point("publish.sent")
    return True


def _headers(name: str, arguments: str, expires_s: float | None) -> dict[str, object]:
    """Of a task message, version 2: https://docs.celeryq.dev/en/stable/internals/protocol.html."""
    task_id = str(uuid4())
    expires = None if expires_s is None else (utc_now() + timedelta(seconds=expires_s)).isoformat()
    return {
        "lang": "py",
        "task": name,
        "id": task_id,
        "root_id": task_id,
        "parent_id": None,
        "group": None,
        "expires": expires,
        "eta": None,
        "retries": 0,
        "timelimit": [None, None],  # the task's own
        "argsrepr": "()",
        "kwargsrepr": arguments[:ARGUMENTS_SHOWN_MAX],
        "origin": anon_nodename(),
        "ignore_result": True,
    }


def _post(queue: Queue, body: str, headers: Mapping[str, object]) -> None:
    """Have the broker take one message. Raises one of `_broker_errors`."""
    with app.producer_or_acquire() as producer:
        producer.publish(
            body,
            exchange="",  # every broker's own: a message goes to the queue of that name
            routing_key=queue.name,
            declare=[queue],  # once per connection
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            correlation_id=headers["id"],
        )


def _broker_errors() -> tuple[type[BaseException], ...]:
    """What is raised when the broker is away, whichever it is; asked for when something was raised."""
    connection = app.connection_for_write()
    return (
        OperationalError,
        OSError,
        *connection.recoverable_connection_errors,
        *connection.recoverable_channel_errors,
    )
