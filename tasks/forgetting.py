"""Forgetting what has been kept long enough, one chunk after the other, each in a transaction of its own."""

from datetime import datetime, timedelta

from bursar.emails.transports import remove_older
from bursar.rules.retention import DAYS, Kept
from models.queries import retention
from models.session import allow_long_reads, transaction
from tasks.erasure import outbox
from workers.crashpoints import crash_point


def forget(now: datetime, *, whole: bool) -> dict[Kept, int]:
    """Forget all that is old enough; how many rows of each kind. Killed anywhere, it is begun again."""
    remove_older(outbox(), now - timedelta(days=DAYS[Kept.MAILS]))
    return {kept: _forget(kept, now, whole=whole) for kept in Kept}


def would_forget(now: datetime, *, whole: bool) -> dict[Kept, int]:
    """How many rows of each kind are old enough. Reads only."""
    with transaction() as session:
        allow_long_reads(session)
        return {kept: retention.count_old(session, kept, now, whole=whole) for kept in Kept}


def _forget(kept: Kept, now: datetime, *, whole: bool) -> int:
    total = 0
    while True:
        with transaction() as session:
            allow_long_reads(session)
            found = retention.forget_old(session, kept, now, whole=whole)
        crash_point("maintenance.forgotten")
        total += found
        if found < retention.CHUNK_MAX:
            return total
