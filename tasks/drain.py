"""Work rows off, claim after claim, for as long as a task may: its hard limit kills the worker."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from models.work import Claim, WorkKind, claim, claim_alone
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

LATE_S = 0.5
"""Seconds over its time after which a task takes no feared row: its limit would kill it with that in hand."""


def claims(
    kind: WorkKind, ids: Sequence[UUID | str], columns: str = "id", *, drain_s: float
) -> Iterator[Claim]:
    """These rows first, then what is due, until nothing is or the time is up; then a successor is woken."""
    started = time.monotonic()
    hint = [UUID(str(each)) for each in ids]
    while (held := claim(kind, hint, columns)).rows:
        crash_point("drain.claimed")
        yield held
        hint = []
        late_s = time.monotonic() - started - drain_s
        if late_s > 0:
            wake_by_name(kind.task)
            crash_point("drain.handed_on")
            if late_s < LATE_S and (feared := claim_alone(kind, columns)).rows:
                crash_point("drain.feared")
                yield feared
            return
