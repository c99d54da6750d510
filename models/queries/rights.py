"""Opening and closing tracks: unlocked projects, progress rows, what an enrollment is now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.consequences import MailKind


def open_tracks(session: Session, ids: Sequence[UUID]) -> int:
    """Unlock the first project and start every step, for enrollments that should be active.

    Unique per (enrollment, project) and (enrollment, step): a repeat adds nothing. Returns projects opened.
    """
    opened = session.execute(
        text(
            """INSERT INTO unlocks (id, enrollment_id, project_id)
               SELECT gen_random_uuid(), e.id, p.id FROM enrollments e
               JOIN LATERAL (SELECT id FROM projects WHERE track_id = e.track_id ORDER BY position LIMIT 1) p ON true
               WHERE e.id = ANY(:ids) AND e.desired = 'active' ORDER BY e.id
               ON CONFLICT (enrollment_id, project_id) DO NOTHING RETURNING id"""
        ),
        {"ids": list(ids)},
    )
    session.execute(
        text(
            """INSERT INTO step_progress (id, enrollment_id, step_id)
               SELECT gen_random_uuid(), e.id, s.id FROM enrollments e
               JOIN projects p ON p.track_id = e.track_id JOIN project_steps s ON s.project_id = p.id
               WHERE e.id = ANY(:ids) AND e.desired = 'active' ORDER BY e.id, s.id
               ON CONFLICT (enrollment_id, step_id) DO NOTHING"""
        ),
        {"ids": list(ids)},
    )
    return len(opened.all())


def observe(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Make enrollments be what they should be; reserve the mail of those that opened. Returns the mails."""
    now_open = session.scalars(
        text(
            """UPDATE enrollments SET observed = desired,
                 activated_at = CASE WHEN desired = 'active' THEN coalesce(activated_at, now()) ELSE activated_at END
               WHERE id = ANY(:ids) RETURNING CASE WHEN desired = 'active' THEN id END"""
        ),
        {"ids": list(ids)},
    ).all()
    session.execute(
        text(
            """INSERT INTO audit_log (action, subject_type, subject_id, detail)
               SELECT 'enrollment.observed', 'enrollment', id, jsonb_build_object('state', observed)
               FROM enrollments WHERE id = ANY(:ids)"""
        ),
        {"ids": list(ids)},
    )
    opened = sorted(each for each in now_open if each)
    mails = session.scalars(
        text(
            """INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id)
               SELECT n.id, :kind, :kind || '/' || e.id, e.customer_id, e.id
               FROM unnest(CAST(:mail_ids AS uuid[]), CAST(:ids AS uuid[])) AS n(id, enrollment_id)
               JOIN enrollments e ON e.id = n.enrollment_id
               ON CONFLICT (dedupe_key) DO NOTHING RETURNING id"""
        ),
        {"kind": MailKind.ENROLLMENT_UNLOCKED.value, "mail_ids": [new_id() for _ in opened], "ids": opened},
    )
    return list(mails)
