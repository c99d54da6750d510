"""What the periodic jobs ask the database, each job once per window."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.rules.breaks import BreakKind

WATERMARK_GRACE_S = 120
"""Seconds a refund named only by a cumulative amount may be missing before a person is asked."""


def first_in_window(session: Session, job: str, window: str) -> bool:
    """Whether this call is the one that runs the job for the window; two beats at once get one True."""
    cursor = session.execute(
        text(
            'INSERT INTO beat_ticks (job, "window") VALUES (:job, :window) ON CONFLICT DO NOTHING RETURNING job'
        ),
        {"job": job, "window": window},
    )
    return cursor.first() is not None


def window_of(now: datetime, every_s: int) -> str:
    """The window of a job that runs every `every_s` seconds, as text."""
    start = int(now.timestamp()) // every_s * every_s
    return f"{every_s}s/{start}"


def open_missing_refunds(session: Session) -> int:
    """Open a break where a gateway says more was refunded than the refunds we were told of; heal those that agree."""
    session.execute(
        text(
            """UPDATE breaks b SET resolved_at = now(), resolution = 'the missing refund arrived' FROM payments p
               WHERE b.kind = :kind AND b.resolved_at IS NULL AND b.subject = 'payment:' || p.id
                 AND p.refunded_minor >= p.refund_watermark_minor"""
        ),
        {"kind": BreakKind.REFUND_MISSING.value},
    )
    opened = session.execute(
        text(
            """INSERT INTO breaks (id, kind, subject, detail)
               SELECT gen_random_uuid(), :kind, 'payment:' || id,
                 'the gateway refunded ' || refund_watermark_minor || ' minor units, we know of ' || refunded_minor
               FROM payments WHERE refund_watermark_minor > refunded_minor
                 AND updated_at < now() - make_interval(secs => :grace_s)
               ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING RETURNING id"""
        ),
        {"kind": BreakKind.REFUND_MISSING.value, "grace_s": WATERMARK_GRACE_S},
    )
    return len(opened.all())
