"""`bursar audit`: whether anybody changed what was written down about who did what."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.exits import ExitCode

if TYPE_CHECKING:
    from models.queries.seals import Verdict

app = typer.Typer(name="audit", help="Whether anybody changed the audit log.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Whether anybody changed the audit log."""


@app.command()
def verify(
    expect: Annotated[
        str | None, typer.Option("--expect", help="A block's hash that was noted outside the database.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Reckon every sealed block again; exit code 6 names the first that is broken. Reads only."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries import seals
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        allow_long_reads(session)
        verdict = seals.verify(session)
        known = expect is None or seals.is_sealed_as(session, expect)
    if as_json:
        print_json({**asdict(verdict), "expected_found": None if expect is None else known})
    else:
        _show(verdict, known=known)
    if verdict.reason or not known:
        raise typer.Exit(ExitCode.BROKEN)


def _show(verdict: "Verdict", *, known: bool) -> None:
    from bursar.cli.output import plural, print_fields, print_line

    print_fields({"blocks": verdict.blocks, "rows": verdict.rows, "not sealed yet": verdict.unsealed})
    print_fields({"head": verdict.head})
    if verdict.reason:
        print_line(f"block {verdict.broken_block} is broken: {verdict.reason}")
    if not known:
        print_line("no block has the expected hash: the chain was cut or written anew")
    if known and not verdict.reason:
        print_line(f"{plural(verdict.blocks, 'block')} verified, none broken")
