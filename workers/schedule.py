"""What beat wakes, and how often. Every tick is idempotent: two beats at once do each thing once."""

from datetime import timedelta
from typing import Any

from workers.queues import Queue

TICK_EVERY_S = 60


def periodic(*, sweep_every_s: float) -> dict[str, dict[str, Any]]:
    """Beat's schedule. A tick that waited longer than its period is dropped: the next one does its work."""
    return {
        "sweep": _every(sweep_every_s, "maintenance.sweep"),
        "tick": _every(TICK_EVERY_S, "maintenance.tick"),
    }


def _every(seconds: float, task: str) -> dict[str, Any]:
    options = {"queue": Queue.CONTROL.value, "expires": max(seconds, 1.0)}
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": options}
