"""What dj-stripe does with a verified event: nothing, or hand it to Celery."""

import os
from typing import Any

from celery import Celery

app = Celery("peer", broker=os.environ["PEER_BROKER_URL"])
app.conf.update(task_ignore_result=True)


@app.task(name="peer.handle_event")  # type: ignore[untyped-decorator, unused-ignore]  # Celery has no types
def handle_event(trigger_id: int) -> None:
    """Never run here: the race is about taking events in."""


def noop(*_: Any, **__: Any) -> None:
    """Leave it."""


def delay(trigger: Any, *_: Any, **__: Any) -> None:
    """Wake a worker."""
    handle_event.delay(trigger.pk)
