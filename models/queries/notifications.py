"""Notices to hosts: written beside what they tell of, read when they are sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.consequences import NoticeKind
from models.arrays import Array
from models.session import raw

_WRITE = """
    INSERT INTO notifications (id, kind, subject_id)
    SELECT n.id, %s, n.subject_id FROM unnest(%s::uuid[], %s::uuid[]) AS n(id, subject_id)
    WHERE NOT EXISTS (SELECT 1 FROM notifications p
                      WHERE p.subject_id = n.subject_id AND p.kind = %s AND p.state = 'pending')
    RETURNING id"""
_ENROLLMENT = """
    SELECT e.id, c.external_ref AS customer, t.slug AS track, e.observed
    FROM enrollments e JOIN customers c ON c.id = e.customer_id JOIN tracks t ON t.id = e.track_id
    WHERE e.id = :id"""


def tell_of_enrollments(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Have hosts told of enrollments that changed; one that is still to be told anyway is told once."""
    new_ids = Array("uuid", [new_id() for _ in ids])
    kind = NoticeKind.ENROLLMENT_CHANGED.value
    parameters = [kind, new_ids, Array("uuid", ids), kind]
    return [row[0] for row in raw(session).execute(_WRITE, parameters)]


def enrollment(session: Session, enrollment_id: UUID) -> Row[Any]:
    """Whose it is, what for, and what it is now."""
    return session.execute(text(_ENROLLMENT), {"id": enrollment_id}).one()


def list_notifications(session: Session, *, state: str | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first; with a state, only those."""
    return session.execute(
        text(
            """SELECT id, kind, subject_id, state, failures, error, not_before, created_at, done_at
               FROM notifications WHERE CAST(:state AS text) IS NULL OR state = :state
               ORDER BY id DESC LIMIT :limit"""
        ),
        {"state": state, "limit": limit},
    ).all()
