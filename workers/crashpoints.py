"""Named places where a worker can be made to die, to prove that dying there loses and doubles nothing."""

import os
import signal
from collections.abc import Mapping

from bursar.errors import Misconfigured

CRASH_POINTS = frozenset(
    {
        "receiver.stored",  # after COMMIT 1, before the wake
        "events.claimed",  # between COMMIT 2a and COMMIT 2
        "events.applied",  # after COMMIT 2, before the wakes
        "documents.stored",  # the bytes are in the store, the row does not say so yet
        "emails.sending",  # 'sending' is committed, the mail has not gone out
    }
)
POINT_VARIABLE = "BURSAR_CRASH_POINT"
HIT_VARIABLE = "BURSAR_CRASH_HIT"


class CrashPoints:
    """Counts how often the armed point was passed in this process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._armed = environment.get(POINT_VARIABLE)
        if self._armed is not None and self._armed not in CRASH_POINTS:
            raise Misconfigured(
                f"{POINT_VARIABLE}={self._armed}: known are {', '.join(sorted(CRASH_POINTS))}"
            )
        self._left = int(environment.get(HIT_VARIABLE, "1"))

    def passed(self, name: str) -> bool:
        """Whether the process must die here and now."""
        if name not in CRASH_POINTS:
            raise ValueError(f"unknown crash point {name}")
        if name != self._armed:
            return False
        self._left -= 1
        return self._left == 0


_points: CrashPoints | None = None


def crash_point(name: str) -> None:
    """Die by SIGKILL, the whole process group (worker parent and pool), when this point is armed."""
    global _points  # the environment is read on the first pass, not at import
    if _points is None:
        _points = CrashPoints(os.environ)  # noqa: TID251  # armed by tests and the demo only
    if _points.passed(name):
        os.killpg(os.getpgid(0), signal.SIGKILL)
