"""Tell hosts what changed, until they say that they know."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.hosts.endpoint import HostAway, endpoint
from bursar.hosts.notice import EnrollmentChanged, Notice
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import NoticeKind
from bursar.settings import Settings, load
from models.inbox_writes import heal_break, open_break
from models.kinds import NOTIFICATIONS
from models.queries import notifications
from models.session import is_transient, transaction
from models.work import Claim, fail, finish, release, still_ours
from tasks.drain import claims
from workers.crashpoints import crash_point
from workers.publish import post_to_host
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

DRAIN_S = 20.0
"""Seconds after which no notice is begun: a slow host may take 16 for one, and a task is killed after 45."""
ALARM_FAILURES = 8
"""Failures of one notice, some four minutes, after which a person is told that the host is away."""
_SUBJECT = "host"
"""There is one host: one open break says that it is away, however many notices wait."""

Tell = Callable[[Notice], None]


@task("notifications.send", queue=Queue.NOTIFICATIONS, time_limit_s=45)
def send_notifications(ids: Sequence[UUID] = ()) -> None:
    """Tell what is due, until nothing is.

    Safe to repeat: a worker that dies after the host took a notice tells it again under the same id, and each
    says what is true when it is sent: a host that hears two in the wrong order ends right.
    """
    tell = way_to_host(load())
    columns = "id, kind, subject_id, failures, created_at"
    for held in claims(NOTIFICATIONS, ids, columns, drain_s=DRAIN_S):
        for row in held.rows:
            _send(tell, held, row)


def way_to_host(settings: Settings) -> Tell:
    """How the host is told, as the settings say. Raises Misconfigured, before anything is claimed."""
    if settings.host_url and settings.host_secret:
        secrets = settings.host_secret.get_secret_value()
        there = endpoint(settings.host_url, secrets, live=settings.mode == "live")
        return lambda notice: there.tell(notice, utc_now())
    if settings.host_task:
        return _by_task(settings.host_task, settings.host_queue)
    raise Misconfigured("notices wait: set BURSAR_HOST_URL or BURSAR_HOST_TASK again")


def _by_task(name: str, queue: str) -> Tell:
    def tell(notice: Notice) -> None:
        if not post_to_host(name, queue, {"id": str(notice.id), **notice.record()}):
            raise HostAway("the broker did not take the host's task")

    return tell


def _send(tell: Tell, held: Claim, row: Any) -> None:
    try:
        with transaction() as session:
            notice = _notice(session, row)
        tell(notice)
        crash_point("notifications.told")
        with transaction() as session:
            if still_ours(session, NOTIFICATIONS, held, [row.id]):
                finish(session, NOTIFICATIONS, [row.id])
                heal_break(session, BreakKind.HOST_AWAY, _SUBJECT, "the host answers again")
    except Exception as error:  # noqa: BLE001 - one notice must not hold up the others
        _record(held, row, error)
        return
    log.info("notifications.sent", notification_id=str(row.id), kind=row.kind)


def _record(held: Claim, row: Any, error: Exception) -> None:
    if is_transient(error):
        release(NOTIFICATIONS, held, [row.id])
        return
    fail(NOTIFICATIONS, held, row.id, error)
    log.warning("notifications.not_sent", notification_id=str(row.id), error=type(error).__name__)
    if row.failures + 1 >= ALARM_FAILURES:
        with transaction() as session:
            open_break(session, BreakKind.HOST_AWAY, _SUBJECT, f"notices wait; the last one: {error}")


def _notice(session: Session, row: Any) -> Notice:
    kind = NoticeKind(row.kind)
    return Notice(id=row.id, kind=kind, happened_at=row.created_at, data=DATA[kind](session, row.subject_id))


def _enrollment_changed(session: Session, subject_id: UUID) -> EnrollmentChanged:
    found = notifications.enrollment(session, subject_id)
    return EnrollmentChanged(
        enrollment=found.id, customer=found.customer, track=found.track, state=found.observed
    )


DATA: dict[NoticeKind, Callable[[Session, UUID], EnrollmentChanged]] = {
    NoticeKind.ENROLLMENT_CHANGED: _enrollment_changed,
}
