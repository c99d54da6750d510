"""Make enrollments be what the money says they should be."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from models.kinds import ENROLLMENTS
from models.queries import rights
from models.session import is_transient, transaction
from models.work import Claim, claim, fail, finish, release, still_ours
from tasks.wakes import Wakes
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)


@task("enrollments.unlock", queue=Queue.EVENTS, time_limit_s=8)
def unlock_enrollments(ids: Sequence[UUID] = ()) -> None:
    """Open what has been paid for, close what was withdrawn, until nothing is due.

    Safe to repeat: unlocks are unique per enrollment and project, progress per enrollment and step.
    """
    hint = [UUID(str(each)) for each in ids]
    while (held := claim(ENROLLMENTS, hint)).rows:
        _unlock(held, held.ids)
        hint = []


def _unlock(held: Claim, ids: Sequence[UUID]) -> None:
    try:
        with transaction() as session:
            ours = sorted(still_ours(session, ENROLLMENTS, held, ids))

            opened = rights.open_tracks(session, ours)

            mails = rights.observe(session, ours)
            finish(session, ENROLLMENTS, ours)
    except Exception as error:
        if is_transient(error):
            release(ENROLLMENTS, held, ids)
        elif len(ids) > 1:
            for each in ids:
                _unlock(held, [each])
        else:
            fail(ENROLLMENTS, held, ids[0], error)
            log.exception("enrollments.unlock_failed", enrollment_id=str(ids[0]))
        return
    log.info("enrollments.unlocked", enrollments=len(ours), projects=opened)
    Wakes(emails=mails).publish()
