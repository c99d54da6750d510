"""The one place that reads the wall clock. Rules never do: they are given `now`."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)
