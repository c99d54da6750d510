"""What `--since` understands: a moment, or how long ago. The clock is given."""

import re
from datetime import UTC, datetime, timedelta

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(rf"(\d{{1,5}})([{''.join(_UNITS)}])")
HELP = "A moment (2026-11-21 or 2026-11-21T10:00) in UTC, or how long ago: 90s, 15m, 2h, 3d, 1w."


def parse_since(value: str | None, now: datetime) -> datetime | None:
    """The moment; without a zone it is UTC. Raises a usage error."""
    if value is None:
        return None
    ago = _AGO.fullmatch(value.strip())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"--since {value!r}: {HELP}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
