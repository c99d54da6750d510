"""What the periodic jobs ask the database, each job once per window."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

AGAIN_AFTER_S = 900
"""Seconds after which a job that was begun and has not ended is begun again in the same window: its worker
died, or its message was lost. More than any such job may take."""


class Ran(NamedTuple):
    """What is known of a job's runs, in UTC."""

    job: str
    begun_at: datetime | None
    ended_at: datetime | None


def take(session: Session, job: str, window: str) -> bool:
    """Whether this call is the one that runs the job for the window; two beats at once get one True."""
    cursor = session.execute(
        text(
            """INSERT INTO beat_ticks (job, "window") VALUES (:job, :window)
               ON CONFLICT (job, "window") DO UPDATE SET at = now()
                 WHERE beat_ticks.done_at IS NULL
                   AND beat_ticks.at < now() - make_interval(secs => :again_after_s)
               RETURNING job"""
        ),
        {"job": job, "window": window, "again_after_s": AGAIN_AFTER_S},
    )
    return cursor.first() is not None


def finish(session: Session, job: str) -> None:
    """The job has ended for every window in which it was begun."""
    session.execute(
        text("UPDATE beat_ticks SET done_at = now() WHERE job = :job AND done_at IS NULL"), {"job": job}
    )


def last_runs(session: Session, jobs: Sequence[str]) -> list[Ran]:
    """When each job was last begun and last ended, in the order given."""
    cursor = session.execute(
        text(
            """SELECT n.job, b.at, e.done_at FROM unnest(CAST(:jobs AS text[])) WITH ORDINALITY AS n(job, place)
               LEFT JOIN LATERAL (SELECT at FROM beat_ticks t WHERE t.job = n.job
                                  ORDER BY at DESC LIMIT 1) b ON true
               LEFT JOIN LATERAL (SELECT done_at FROM beat_ticks t WHERE t.job = n.job AND done_at IS NOT NULL
                                  ORDER BY done_at DESC LIMIT 1) e ON true
               ORDER BY n.place"""
        ),
        {"jobs": list(jobs)},
    )
    return [Ran(*row) for row in cursor]


def first_tick(session: Session) -> datetime | None:
    """Since when beat runs here, as far as ticks are kept."""
    found: datetime | None = session.scalar(text("SELECT min(at) FROM beat_ticks"))
    return found
