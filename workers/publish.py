"""Wake a task by name. Best effort by design: a lost wake is found by the sweeper. Imports no models."""

from collections.abc import Sequence
from typing import ParamSpec
from uuid import UUID

import structlog
from kombu.exceptions import OperationalError

from workers.celery import app
from workers.crashpoints import crash_point
from workers.queues import ROUTES
from workers.task import Task

P = ParamSpec("P")
log = structlog.get_logger(__name__)

WAKE_EXPIRES_S = 30
"""A wake older than this is dropped by the worker: the sweeper has sent another, backlogs do not multiply."""


def wake_by_name(name: str, ids: Sequence[UUID] = (), *, expires_s: float = WAKE_EXPIRES_S) -> bool:
    """Ask a worker to look at these rows, and at whatever else is due. False when the broker was away."""
    return _send(name, {"ids": [str(each) for each in ids]}, expires_s)


def wake(task: Task[P], *args: P.args, **kwargs: P.kwargs) -> bool:
    """`wake_by_name` for code that has the task at hand: mypy checks the arguments."""
    if args:
        raise TypeError("wake takes keyword arguments only: they are the wire format")
    return _send(task.name, {name: _plain(value) for name, value in kwargs.items()}, WAKE_EXPIRES_S)


def _send(name: str, kwargs: dict[str, object], expires_s: float) -> bool:
    try:
        app.send_task(
            name, kwargs=kwargs, queue=ROUTES[name].value, expires=expires_s, retry=False, ignore_result=True
        )
    except (OperationalError, OSError) as error:
        log.warning("publish.failed", task=name, error=type(error).__name__)
        return False
    crash_point("publish.sent")
    return True


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
