"""The days and hours of a person, by the clock on his wall. No clock is read: a moment is given."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bursar.rules.dunning.policy import Hours

DAY = timedelta(days=1)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Which day it is there."""
    return moment.astimezone(zone).date()


def is_open(hours: Hours, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether a person there may be troubled now."""
    local = moment.astimezone(zone)
    return _is_working(hours, local.date()) and hours.opens <= local.time() < hours.closes


def next_open(hours: Hours, zone: ZoneInfo, moment: datetime) -> datetime:
    """The first moment from here on, in UTC, at which a person there may be troubled."""
    if is_open(hours, zone, moment):
        return moment.astimezone(UTC)
    today = day_of(moment, zone)
    return next(
        opens
        for n in itertools.count()
        if _is_working(hours, today + n * DAY) and (opens := _opening(hours, zone, today + n * DAY)) > moment
    )


def starts_at(hours: Hours, zone: ZoneInfo, day: date) -> datetime:
    """The first moment of that day, or after it, at which a person there may be troubled, in UTC."""
    return next_open(hours, zone, datetime.combine(day, datetime.min.time(), zone).astimezone(UTC))


def _is_working(hours: Hours, day: date) -> bool:
    return day.weekday() in hours.weekdays and day not in hours.holidays


def _opening(hours: Hours, zone: ZoneInfo, day: date) -> datetime:
    """Where the clocks leave that hour out, an hour later; where they have it twice, the first."""
    return datetime.combine(day, hours.opens, zone).astimezone(UTC)
