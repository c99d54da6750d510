"""Opening and closing tracks: unlocked projects, progress rows, what an enrollment is now."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.consequences import MailKind
from models.arrays import Array
from models.kinds import ENROLLMENTS
from models.queries.notifications import tell_of_enrollments
from models.session import raw
from models.work import finish

_UNLOCK = """
    INSERT INTO unlocks (enrollment_id, project_id)
    SELECT e.id, p.id FROM enrollments e
    JOIN LATERAL (SELECT id FROM projects WHERE track_id = e.track_id ORDER BY position LIMIT 1) p ON true
    WHERE e.id = ANY(%s) AND e.desired = 'active' ORDER BY e.id
    ON CONFLICT (enrollment_id, project_id) DO NOTHING"""
_START_STEPS = """
    INSERT INTO step_progress (enrollment_id, step_id)
    SELECT e.id, s.id FROM enrollments e
    JOIN projects p ON p.track_id = e.track_id JOIN project_steps s ON s.project_id = p.id
    WHERE e.id = ANY(%s) AND e.desired = 'active' ORDER BY e.id, s.id
    ON CONFLICT (enrollment_id, step_id) DO NOTHING"""
_OBSERVE = """observed = desired,
      activated_at = CASE WHEN desired = 'active' THEN coalesce(activated_at, now()) ELSE activated_at END,"""
_AUDIT = """
    INSERT INTO audit_log (action, subject_type, subject_id, detail)
    SELECT 'enrollment.observed', 'enrollment', id, jsonb_build_object('state', observed)
    FROM enrollments WHERE id = ANY(%s)"""
_MAIL = """
    INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id)
    SELECT n.id, %s, %s || '/' || e.id, e.customer_id, e.id
    FROM unnest(%s::uuid[], %s::uuid[]) AS n(id, enrollment_id)
    JOIN enrollments e ON e.id = n.enrollment_id AND e.observed = 'active' ORDER BY e.id
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id"""


class Opened(NamedTuple):
    """What came of enrollments that are now what they should be."""

    projects: int
    mails: list[UUID]
    notices: list[UUID]


def follow_money(session: Session, ids: Sequence[UUID], *, host_listens: bool) -> Opened:
    """Make enrollments be what they should be: first project unlocked, every step started, mail reserved, and
    a notice where a host wants to be told.

    Closes their work. Unique per (enrollment, project), (enrollment, step) and mail: a repeat adds nothing. One
    round trip.
    """
    connection, enrollments = raw(session), Array("uuid", ids)
    kind = MailKind.ENROLLMENT_UNLOCKED.value
    with connection.pipeline():
        unlocked = connection.execute(_UNLOCK, [enrollments])
        connection.execute(_START_STEPS, [enrollments])
        finish(session, ENROLLMENTS, ids, also=_OBSERVE)
        connection.execute(_AUDIT, [enrollments])
        new_ids = Array("uuid", [new_id() for _ in ids])
        mails = connection.execute(_MAIL, [kind, kind, new_ids, enrollments])
    notices = tell_of_enrollments(session, ids) if host_listens else []
    return Opened(unlocked.rowcount, [row[0] for row in mails], notices)
