"""`bursar jobs`: what beat does by itself, when it last did, and what has stopped."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

SHOWN = ("name", "when", "ended_at", "next_at", "state")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]

app = typer.Typer(name="jobs", help="What beat does by itself, and when.", no_args_is_help=True)


@app.callback()
def jobs() -> None:
    """What beat does by itself, and when."""


@app.command("list")
def list_jobs(as_json: AsJson = False) -> None:
    """Every periodic job with its last and its next run; `overdue` when two of its intervals passed."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_json, print_line, print_table
    from bursar.clock import utc_now
    from bursar.settings import load

    connect()
    zone = load().zone
    found = _jobs(utc_now(), zone)
    if as_json:
        for each in found:
            print_json(each)
        return
    shape = columns("name", "when", "last run", "next run", "state")
    print_table(shape, [[each[name] for name in SHOWN] for each in found])
    print_line(f"times of day are those of {zone} (BURSAR_TIMEZONE); runs are in UTC")


def _jobs(now: "datetime", zone: "ZoneInfo") -> list[dict[str, Any]]:
    from bursar.rules.timetable import in_words, next_start
    from models.queries import ticks
    from models.session import transaction
    from tasks.jobs import JOBS, overdue

    with transaction() as session:
        late = overdue(session, now)
        runs = ticks.last_runs(session, list(JOBS))
    return [
        {
            "name": ran.job,
            "when": in_words(JOBS[ran.job].rhythm),
            "begun_at": ran.begun_at,
            "ended_at": ran.ended_at,
            "next_at": next_start(JOBS[ran.job].rhythm, now, zone),
            "state": "overdue" if ran.job in late else "never ran" if ran.ended_at is None else "well",
        }
        for ran in runs
    ]
