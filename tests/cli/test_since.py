"""`--since` takes a moment or how long ago, and refuses the rest by name."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from bursar.cli.since import parse_since

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("90s", NOW - timedelta(seconds=90)),
        ("15m", NOW - timedelta(minutes=15)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00+05:30", datetime(2026, 11, 20, 4, 30, tzinfo=UTC)),
    ],
)
def test_it_reads_moments_and_durations(text, moment):
    assert parse_since(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "5", "-2h", "999999w", "2h30m"])
def test_what_it_cannot_read_is_a_usage_error(text):
    with pytest.raises(typer.BadParameter, match="how long ago"):
        parse_since(text, NOW)
