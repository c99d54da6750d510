"""Make enrollments be what the money says they should be."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from bursar.settings import load
from models.kinds import ENROLLMENTS
from models.queries import rights
from models.session import is_transient, plan_for_batches, raw, transaction
from models.work import Claim, claim, fail, release, still_ours
from tasks.drain import claims
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

DRAIN_S = 5.0
"""Seconds after which no further enrollments are claimed: under the hard limit of 8 s."""


@task("enrollments.unlock", queue=Queue.EVENTS, time_limit_s=8)
def unlock_enrollments(ids: Sequence[UUID] = ()) -> None:
    """Open what has been paid for, close what was withdrawn, until nothing is due.

    Safe to repeat: unlocks are unique per enrollment and project, progress per enrollment and step.
    """
    for held in claims(ENROLLMENTS, ids, drain_s=DRAIN_S):
        _unlock(held, held.ids)


def unlock_at_once(ids: Sequence[UUID]) -> None:
    """One claim in the hands of the worker that just made these due: no message, no wait."""
    if ids and (held := claim(ENROLLMENTS, ids, fill=False)).rows:
        crash_point("enrollments.claimed")
        _unlock(held, held.ids)


def _unlock(held: Claim, ids: Sequence[UUID]) -> None:
    try:
        with transaction() as session:
            plan_for_batches(raw(session))
            ours = sorted(still_ours(session, ENROLLMENTS, held, ids))

            opened = rights.follow_money(session, ours, host_listens=load().host_listens())
    except Exception as error:  # noqa: BLE001 - one enrollment must not hold up the others
        if is_transient(error):
            release(ENROLLMENTS, held, ids)
        elif len(ids) > 1:
            for each in ids:
                _unlock(held, [each])
        else:
            fail(ENROLLMENTS, held, ids[0], error)
            log.error("enrollments.failed", enrollment_id=str(ids[0]), error=type(error).__name__)
        return
    crash_point("enrollments.observed")
    log.info("enrollments.unlocked", enrollments=len(ours), projects=opened.projects)
    Wakes(emails=opened.mails, notifications=opened.notices).publish()
