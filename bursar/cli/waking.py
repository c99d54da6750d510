"""Waking tasks by name from the command line. Best effort: rows that are due are found by the sweeper."""

import contextlib
import importlib
import inspect
import io
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import tasks as task_modules
from bursar.settings import load
from workers.publish import wake, wake_by_name
from workers.task import Task


def wake_rows(name: str, ids: Sequence[UUID], keywords: Mapping[str, object] | None = None) -> bool:
    """Wake a task. False when no broker is configured or none answers."""
    if load().broker_url is None:
        return False
    # The publisher logs to stdout while no log is configured; whoever asked gets an answer instead.
    with contextlib.redirect_stdout(io.StringIO()):
        if keywords:
            return wake(tasks()[name], ids=list(ids), **keywords)
        return wake_by_name(name, ids)


def tasks() -> dict[str, Task[Any]]:
    """Every task by its wire name."""
    modules = [
        importlib.import_module(f"{task_modules.__name__}.{module.name}")
        for module in pkgutil.iter_modules(task_modules.__path__)
    ]
    found = {
        each.name: each for module in modules for each in vars(module).values() if isinstance(each, Task)
    }
    return dict(sorted(found.items()))


def _only_tasks(things: Sequence[object]) -> list[Task[Any]]:
    return [thing for thing in things if isinstance(thing, Task)]


def keywords_of(task: Task[Any]) -> list[str]:
    """What a task takes besides ids."""
    return [name for name in inspect.signature(task.run).parameters if name != "ids"]
