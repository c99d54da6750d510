"""`@task`: a plain function with a wire name, a queue and limits. Still called like a function in tests."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, ParamSpec

from workers.celery import app
from workers.queues import Queue

P = ParamSpec("P")


@dataclass(eq=False, kw_only=True)
class Task(Generic[P]):
    """A task: call it to run it here and now, `wake` it to have a worker run it."""

    run: Callable[P, None]
    name: str
    queue: Queue
    time_limit_s: float

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run in this process."""
        self.run(*args, **kwargs)


def task(name: str, *, queue: Queue, time_limit_s: float) -> Callable[[Callable[P, None]], Task[P]]:
    """Register a function under a wire name that never changes once released.

    Arguments must be ids, strings, numbers or dates by keyword; the row is the work, the message only wakes.
    `time_limit_s` is hard: the pool child is killed, the row's lease runs out, the sweeper counts a crash.
    """

    def register(function: Callable[P, None]) -> Task[P]:
        celery_task: Callable[..., Any] = app.task
        celery_task(
            name=name,
            time_limit=time_limit_s,
            ignore_result=True,
            acks_late=False,
            max_retries=0,
        )(function)
        made = Task(run=function, name=name, queue=queue, time_limit_s=time_limit_s)
        update_wrapper(made, function)
        return made

    return register
