"""Work rows off, claim after claim, for as long as a task may: its hard limit kills the worker."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from models.work import Claim, WorkKind, claim, claim_alone
from workers.publish import wake_by_name


def claims(
    kind: WorkKind, ids: Sequence[UUID | str], columns: str = "id", *, drain_s: float
) -> Iterator[Claim]:
    """These rows first, then what is due, until nothing is or the time is up; then a successor is woken."""
    started = time.monotonic()
    hint = [UUID(str(each)) for each in ids]
    while (held := claim(kind, hint, columns)).rows:
        yield held
        hint = []
        if time.monotonic() - started > drain_s:
            wake_by_name(kind.task)
            if (feared := claim_alone(kind, columns)).rows:
                yield feared
            return
