"""Every task states its name, its queue and its limits, and is known wherever names are read."""

import importlib
import inspect
import json
from pathlib import Path

import pytest

from bursar.settings import Settings
from tests.support.processes import ROOT
from workers.celery import app
from workers.queues import ROUTES, Queue
from workers.schedule import periodic
from workers.task import Task

MODULES = [f"tasks.{file.stem}" for file in sorted((ROOT / "tasks").glob("*.py")) if file.stem != "__init__"]
TASKS: dict[str, Task] = {
    task.name: task
    for module in MODULES
    for task in vars(importlib.import_module(module)).values()
    if isinstance(task, Task)
}
every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


@pytest.fixture
def celeryconfig():
    """Read when a broker is set, as a worker reads it."""
    return importlib.import_module("celeryconfig")


def test_celery_imports_exactly_the_modules_that_define_tasks(celeryconfig):
    defining = {task.run.__module__ for task in TASKS.values()}

    assert {name for name in celeryconfig.imports if name.startswith("tasks.")} == defining
    assert set(celeryconfig.imports) - defining == {"workers.lifecycle"}


def test_every_task_has_a_route_and_every_route_a_task():
    assert {name: task.queue for name, task in TASKS.items()} == ROUTES


def test_every_registered_task_is_one_of_ours():
    assert {name for name in app.tasks if not name.startswith("celery.")} == set(TASKS)


def test_every_queue_is_declared(celeryconfig):
    assert {queue.name for queue in celeryconfig.task_queues} == {queue.value for queue in Queue}
    assert celeryconfig.task_create_missing_queues is False


@every_task
def test_a_task_is_registered_with_its_own_limit_and_never_retries(task):
    registered = app.tasks[task.name]

    assert registered.time_limit == task.time_limit_s > 0
    assert registered.max_retries == 0
    assert registered.acks_late is False
    assert registered.ignore_result is True


@every_task
def test_a_task_takes_ids_by_keyword_and_needs_none(task):
    first, *others = inspect.signature(task.run).parameters.values()

    assert (first.name, first.default) == ("ids", ())
    assert [each.name for each in others if each.default is not None] == []


@every_task
def test_a_task_says_what_it_does_and_why_it_is_safe_to_repeat(task):
    assert "Safe to repeat" in (task.__doc__ or "") or "Reads only" in (task.__doc__ or "")


@every_task
def test_a_task_has_a_test_that_runs_it_twice(task):
    module, name = task.run.__module__.rpartition(".")[2], task.run.__name__
    files = (ROOT / "tests" / "tasks").glob("test_*.py")
    proofs = {f"twice({name})", f"twice({module}.{name})"}

    assert any(proof in file.read_text(encoding="utf-8") for file in files for proof in proofs)


def test_the_schedule_wakes_only_tasks_that_are_there_on_their_own_queue():
    for entry in periodic(sweep_every_s=10).values():
        assert entry["options"]["queue"] == ROUTES[entry["task"]].value
        assert entry["options"]["expires"] >= 1


def test_every_queue_with_tasks_has_a_worker():
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    served = {queue for line in lines for queue in _queues(line)}

    assert {queue.value for queue in ROUTES.values()} <= served


def test_the_settings_of_celery_follow_from_early_ack(celeryconfig):
    assert celeryconfig.task_acks_late is False
    assert celeryconfig.result_backend is None
    assert celeryconfig.task_ignore_result is True
    assert celeryconfig.accept_content == ["json"]
    assert json.dumps({"ids": []})
    assert Settings.model_config["frozen"]


def test_a_child_that_has_grown_or_served_long_is_replaced(celeryconfig):
    assert 200_000 <= celeryconfig.worker_max_memory_per_child <= 500_000  # KiB
    assert celeryconfig.worker_max_tasks_per_child == 10_000


def _queues(line: str) -> list[str]:
    words = line.replace("=", " ").split()
    for option in ("-Q", "--queues"):
        if option in words:
            return words[words.index(option) + 1].split(",")
    return []


def test_a_task_lives_in_the_file_of_its_area():
    for name, task in TASKS.items():
        assert Path(inspect.getfile(task.run)).stem == name.partition(".")[0]
