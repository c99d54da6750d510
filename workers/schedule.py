"""What beat wakes, and how often. Every tick is idempotent: two beats at once do each thing once."""

from datetime import timedelta

from workers.queues import Queue

SWEEP_EVERY_S = 10
TICK_EVERY_S = 60

beat_schedule = {
    "sweep": {
        "task": "maintenance.sweep",
        "schedule": timedelta(seconds=SWEEP_EVERY_S),
        "options": {"queue": Queue.CONTROL.value, "expires": SWEEP_EVERY_S},
    },
    "tick": {
        "task": "maintenance.tick",
        "schedule": timedelta(seconds=TICK_EVERY_S),
        "options": {"queue": Queue.CONTROL.value, "expires": TICK_EVERY_S},
    },
}
