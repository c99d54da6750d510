"""Waking tasks by name from the command line. A wake is best effort: rows that are due are found by the sweeper."""

import contextlib
import importlib
import inspect
import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import celeryconfig
from bursar.cli.environment import broker_url
from bursar.settings import Settings
from workers.celery import app
from workers.publish import wake, wake_by_name
from workers.task import Task


def wake_rows(settings: Settings, name: str, ids: Sequence[UUID], keywords: Mapping[str, object]) -> bool:
    """Wake a task. False when no broker is configured or none answers."""
    url = broker_url(settings)
    if url is None:
        return False
    if url != settings.broker_url:
        app.conf.broker_url = url  # that of a running `bursar up`
    # The publisher logs its failures to stdout while no log is configured; whoever asked gets an answer instead.
    with contextlib.redirect_stdout(io.StringIO()):
        if keywords:
            return wake(tasks()[name], ids=list(ids), **keywords)
        return wake_by_name(name, ids)


def tasks() -> dict[str, Task[Any]]:
    """Every task by its wire name."""
    modules = [importlib.import_module(name) for name in celeryconfig.imports]
    found = {
        each.name: each for module in modules for each in vars(module).values() if isinstance(each, Task)
    }
    return dict(sorted(found.items()))


def keywords_of(task: Task[Any]) -> list[str]:
    """What a task takes besides ids."""
    return [name for name in inspect.signature(task.run).parameters if name != "ids"]
