"""`@task`: a plain function with a wire name, a queue and limits."""

from uuid import uuid4

import pytest

from workers.celery import app
from workers.queues import Queue
from workers.task import Task, task


@pytest.fixture
def made():
    ran: list[object] = []

    @task("test.made", queue=Queue.BATCH, time_limit_s=7)
    def make_things(*, ids: list) -> None:
        """Make things."""
        ran.append(ids)

    yield make_things, ran
    app.tasks.unregister("test.made")


def test_a_task_is_still_called_like_a_function(made):
    make_things, ran = made
    ids = [uuid4()]

    make_things(ids=ids)

    assert ran == [ids]


def test_a_task_keeps_the_name_and_words_of_its_function(made):
    make_things, _ = made

    assert isinstance(make_things, Task)
    assert (make_things.__name__, make_things.__doc__) == ("make_things", "Make things.")
    assert (make_things.name, make_things.queue, make_things.time_limit_s) == ("test.made", Queue.BATCH, 7)


def test_a_task_is_registered_with_its_limits(made):
    registered = app.tasks["test.made"]

    assert registered.time_limit == 7
    assert (registered.max_retries, registered.acks_late, registered.ignore_result) == (0, False, True)


def test_what_a_worker_receives_runs_the_function(made):
    _, ran = made

    app.tasks["test.made"](ids=["x"])

    assert ran == [["x"]]
