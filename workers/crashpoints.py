"""Named places where a worker can be made to die, to prove that dying there loses and doubles nothing.

A place is worth a name when something has just been committed or sent and something else was to follow.
"""

import os
import signal
from collections.abc import Mapping

from bursar.errors import Misconfigured

CRASH_POINTS = frozenset(
    {
        "receiver.storing",  # verified, before COMMIT 1
        "receiver.stored",  # after COMMIT 1, before the wake
        "receiver.offered",  # the wake is on its way, the gateway has no answer yet
        "publish.sent",  # the broker has a message; whoever sent it does no more
        "drain.claimed",  # any kind: claimed, nothing done
        "drain.handed_on",  # time is up, the successor is woken, a feared row was to be taken
        "drain.feared",  # a row that has killed workers is claimed alone
        "events.claimed",  # between COMMIT 2a and COMMIT 2
        "events.unreadable",  # one event is dead, its readable neighbours are not applied yet
        "events.halved",  # a batch failed and its lease was renewed, the halves are not tried yet
        "events.applied",  # after COMMIT 2, before the wakes
        "events.woken",  # after the wakes, before the enrollments are opened
        "enrollments.claimed",  # by the worker that booked the money, before they are opened
        "enrollments.observed",  # opened, before the wakes
        "payments.settled",  # one customer's credit is applied, before the wakes
        "wakes.half_sent",  # one kind of work is woken, the next is not
        "documents.numbered",  # the number and the snapshot are committed, nothing is rendered
        "documents.stored",  # the bytes are in the store, the row does not say so yet
        "documents.closed",  # the row says so and its mail is due, before the wake
        "documents.failed",  # the failure is recorded; had it been the last, the mail is not let go yet
        "emails.sending",  # 'sending' is committed, the mail has not gone out
        "emails.delivered",  # the server has taken the mail, the row still says 'sending'
        "emails.retracted",  # the server said "later": not sent, the failure is not counted yet
        "sweeper.swept",  # one kind's dead leases are taken back, nobody is woken
        "maintenance.settled",  # mails that died in 'sending' are unknown, the sweep has not begun
        "maintenance.released",  # stranded mails are due, before the wake
        "maintenance.ticked",  # a periodic job's window is taken, the job has not run
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
