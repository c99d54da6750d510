"""Find what is due and nobody is working on: the reason why a lost message loses nothing.

Expired leases go back to pending with a crash counted; rows that killed their worker again and again die
with that reason. Then each kind gets as many wakes as its backlog is worth.
"""

from dataclasses import dataclass

from sqlalchemy import text

from models.kinds import EMAILS, KINDS
from models.session import transaction
from models.work import CRASHES_ALONE_MAX, CRASHES_BEFORE_ALONE, WorkKind
from workers.crashpoints import crash_point

WAKES_MAX = 4
"""Wakes per kind and sweep: about the number of workers that can use one."""
CRASHES_MAX = CRASHES_BEFORE_ALONE + CRASHES_ALONE_MAX
"""Crashes with others in hand, then crashes alone."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found of one kind."""

    kind: WorkKind
    expired: int
    died: int
    due: int

    @property
    def wakes(self) -> int:
        """How many wakes the backlog is worth."""
        return min(-(-self.due // self.kind.batch_max), WAKES_MAX)


def sweep() -> list[Swept]:
    """Reclaim every expired lease and count what is due, kind by kind, each in a transaction of its own."""
    return [_sweep(kind) for kind in KINDS]


def _sweep(kind: WorkKind) -> Swept:
    sending = " AND send_state <> 'sending'" if kind is EMAILS else ""
    mortal = kind.failures_max is not None
    dies = "crashes + 1 >= :crashes_max" if mortal else ":crashes_max < 0"
    wait_s = "0" if mortal else f"least({kind.backoff_max_s}, power(2, least(crashes, 20)))"
    expired = text(
        f"""UPDATE {kind.table} SET crashes = crashes + 1, lease_until = NULL, claim_token = NULL,
              not_before = now() + make_interval(secs => {wait_s}),
              state = CASE WHEN {dies} THEN 'dead' ELSE 'pending' END,
              done_at = CASE WHEN {dies} THEN now() END,
              error_class = 'WorkerKilled',
              error = 'the worker died ' || (crashes + 1) || ' times with this row'
            WHERE id IN (SELECT id FROM {kind.table}
                         WHERE {kind.open} AND state = 'running' AND lease_until < now(){sending}
                         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING state"""  # noqa: S608 - names come from WorkKind constants
    )
    due = text(
        f"""SELECT count(*) FROM (
              SELECT FROM {kind.table}
              WHERE {kind.open} AND state = 'pending' AND not_before <= now() LIMIT :limit) due"""  # noqa: S608
    )
    with transaction() as session:
        states = session.scalars(expired, {"crashes_max": CRASHES_MAX}).all()
        found = session.scalar(due, {"limit": kind.batch_max * WAKES_MAX})
    crash_point("sweeper.swept")
    return Swept(kind=kind, expired=len(states), died=list(states).count("dead"), due=found or 0)
