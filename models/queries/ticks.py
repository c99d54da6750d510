"""What the periodic jobs ask the database, each job once per window."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


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
