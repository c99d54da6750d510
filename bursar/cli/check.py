"""`bursar check`: what must always be true, asked of the database now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.exits import ExitCode

if TYPE_CHECKING:
    from models.queries.invariants import Finding

ROWS_SHOWN = 5


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print {checked, broken: [{name, rows}]}.")] = False,
) -> None:
    """Check every invariant; exit code 6 when one is broken. Reads only."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries import invariants
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        allow_long_reads(session)
        findings = invariants.check(session)
    broken = [found for found in findings if found.rows]
    if as_json:
        rows = [{"name": found.name, "rows": found.rows} for found in broken]
        print_json({"checked": len(findings), "broken": rows})
    else:
        _show(findings, broken)
    if broken:
        raise typer.Exit(ExitCode.BROKEN)


def _show(findings: "Sequence[Finding]", broken: "Sequence[Finding]") -> None:
    from bursar.cli.output import columns, plural, print_fields, print_heading, print_line, print_table

    rows = [(each.name, each.title, _verdict(each)) for each in findings]
    print_table(columns("name", "what must be true", "verdict"), rows)
    for found in broken:
        print_heading(f"{found.name}: {found.title}")
        for row in found.rows[:ROWS_SHOWN]:
            print_fields({f"  {name}": value for name, value in row.items()})
            print_line("")
        if len(found.rows) > ROWS_SHOWN:
            print_line(f"  … and {len(found.rows) - ROWS_SHOWN} more: bursar check --json")
    print_line(f"{plural(len(findings), 'invariant')} checked, {len(broken) or 'none'} broken")


def _verdict(found: "Finding") -> str:
    return "broken" if found.rows else "holds"
