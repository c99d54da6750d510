"""`bursar invoices create` and `bursar invoices bulk`: many at once, from a host's file or for a month."""

from pathlib import Path
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
WAIT_S = 1.0
"""Seconds between two looks at a run that a worker has."""
RUN_FIELDS = ("id", "since", "until", "state", "wanted", "issued", "refused", "error")
"""What `invoices bulk --json` prints: a public interface."""


def create(
    file: Annotated[Path, typer.Argument(help="JSON, or CSV by its name; - reads JSON from stdin.")],
    as_json: AsJson = False,
) -> None:
    """Draft invoices from a host's file: all are checked first, and each reference is drafted once."""
    import sys

    from bursar.cli.environment import connect
    from bursar.cli.output import plural, print_json, print_line
    from bursar.wishes import read_wishes
    from tasks.drafts import create_drafts

    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
    wishes = read_wishes(data, as_csv=file.suffix.lower() == ".csv")
    connect()
    drafted = create_drafts(wishes)
    if as_json:
        print_json(drafted._asdict())
    else:
        print_line(f"{plural(drafted.created, 'draft')} made, {drafted.existing} there before")


def bulk(
    period: Annotated[
        str, typer.Option("--period", metavar="YYYY-MM", help="The month in which they are to be issued.")
    ],
    as_json: AsJson = False,
) -> None:
    """Issue every draft of a month. Stopped or killed it goes on where it was: say it again."""
    import time

    from bursar.cli.environment import connect, operator
    from bursar.cli.output import print_json, print_line
    from tasks.bulk import begin_run, days_of, read_run, work_here

    days = days_of(period)
    connect()
    run_id = begin_run(*days, operator())
    watch = _silent if as_json else _progress
    while True:
        work_here(run_id, watch)
        run = read_run(run_id)
        if run.state in ("done", "dead", "ignored"):
            break
        watch(run)
        time.sleep(WAIT_S)  # a worker has it, or the database was away
    if as_json:
        print_json({name: getattr(run, name) for name in RUN_FIELDS})
    else:
        print_line(_said(run))
    if run.state != "done" or run.refused:
        from bursar.cli.exits import ExitCode

        raise typer.Exit(ExitCode.REFUSED)


def _silent(run: Any) -> None:
    """Nothing but the end is told."""


def _progress(run: Any) -> None:
    """One line that is written over on a terminal; nothing in a pipe."""
    import sys

    if sys.stderr.isatty():
        sys.stderr.write(f"\r{run.issued + run.refused} of {run.wanted}")
        sys.stderr.flush()


def _said(run: Any) -> str:
    from bursar.cli.output import plural

    said = f"{plural(run.issued, 'invoice')} issued, {run.refused} refused"
    if run.refused:
        said += ": bursar invoices list --refused says why"
    return f"{said}; the run is {run.state}: {run.error}" if run.state != "done" else said
