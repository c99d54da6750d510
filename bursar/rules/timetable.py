"""When a periodic job is due: windows of time as a function of the moment asked about. No I/O, no clock.

A job runs once per window. After an outage only the window that is open now is looked at: what was missed
before it is made up for by that one run.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LATE_MAX = timedelta(hours=4)
"""How long after its time a job still runs that rather waits for the next than disturb the day."""
SLACK = timedelta(minutes=3)
"""Between the end of a window and the tick that looks at the next, twice over."""
_DAY = timedelta(days=1)
_AROUND = range(-2, 3)
"""Days or months around the moment: a zone may skip a whole day, as Samoa did in December 2011."""


class CatchUp(StrEnum):
    """What becomes of a time at which nothing ran."""

    LATE = "late"
    """The job runs once, as soon as somebody looks."""
    NEXT = "next"
    """It waits for its next time once LATE_MAX has passed: a heavy job keeps out of working hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """Every so many seconds, counted from the epoch: the same in every zone, whatever clocks on walls do."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Once per day of the zone. A time that clocks skip is an hour later, one they repeat is the first."""

    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """Once per month of the zone, on that day or the month's last, whichever comes first."""

    day: int
    at: time


Rhythm = Every | Daily | Monthly


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From when a run counts, in UTC, and the name under which it counts once."""

    start: datetime
    name: str


def window_at(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> Window:
    """The window that is open at a moment: the newest that has begun."""
    return max(each for each in _around(rhythm, now, zone) if each.start <= now)


def next_start(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> datetime:
    """When the next window begins, in UTC."""
    return min(each.start for each in _around(rhythm, now, zone) if each.start > now)


def is_due(window: Window, now: datetime, catch_up: CatchUp) -> bool:
    """Whether an open window in which nothing ran yet may still be used."""
    return catch_up is CatchUp.LATE or now - window.start <= LATE_MAX


def is_overdue(rhythm: Rhythm, last: datetime, now: datetime) -> bool:
    """Whether a job that ended last at `last` has let two intervals pass: something is wrong with it."""
    return now - last > 2 * interval(rhythm) + SLACK


def interval(rhythm: Rhythm) -> timedelta:
    """The longest time between two starts, but for the hour that clocks are put back."""
    if isinstance(rhythm, Every):
        return timedelta(seconds=rhythm.seconds)
    return _DAY if isinstance(rhythm, Daily) else 31 * _DAY


def in_words(rhythm: Rhythm) -> str:
    """`every 60 s`, `daily at 02:30`, `on day 1 of a month at 02:30`."""
    if isinstance(rhythm, Every):
        return f"every {rhythm.seconds} s"
    if isinstance(rhythm, Daily):
        return f"daily at {rhythm.at:%H:%M}"
    return f"on day {rhythm.day} of a month at {rhythm.at:%H:%M}"


def _around(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> list[Window]:
    if isinstance(rhythm, Every):
        begun = int(now.timestamp()) // rhythm.seconds
        return [_counted(rhythm.seconds, begun + n) for n in (0, 1)]
    today = now.astimezone(zone).date()
    if isinstance(rhythm, Daily):
        days = [today + n * _DAY for n in _AROUND]
        return [Window(_moment(day, rhythm.at, zone), f"daily/{day}") for day in days]
    months = [divmod(today.year * 12 + today.month - 1 + n, 12) for n in _AROUND]
    return [_of_month(rhythm, year, month + 1, zone) for year, month in months]


def _counted(seconds: int, n: int) -> Window:
    return Window(datetime.fromtimestamp(n * seconds, UTC), f"{seconds}s/{n * seconds}")


def _of_month(rhythm: Monthly, year: int, month: int, zone: ZoneInfo) -> Window:
    day = date(year, month, min(rhythm.day, monthrange(year, month)[1]))
    return Window(_moment(day, rhythm.at, zone), f"monthly/{year:04d}-{month:02d}")


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
