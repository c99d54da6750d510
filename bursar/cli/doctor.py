"""`bursar doctor`: whether this installation can work: settings, servers, gateways. Changes nothing."""

from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.exits import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bursar.cli.examination import Finding


def doctor(
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Only look at settings: call neither gateways nor mail server."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Examine settings, servers and gateways; exit code 3 when something is wrong, with its cure."""
    from bursar.cli.environment import settings
    from bursar.cli.examination import State, examine
    from bursar.cli.output import print_json

    findings = examine(settings(), offline=offline)
    if as_json:
        print_json([each._asdict() | {"state": each.state.value} for each in findings])
    else:
        _show(findings)
    if any(each.state is State.WRONG for each in findings):
        raise typer.Exit(ExitCode.MISCONFIGURED)


def _show(findings: "Sequence[Finding]") -> None:
    from bursar.cli.examination import State
    from bursar.cli.output import Column, plural, print_line, print_table

    shape = [Column("what", whole=True), Column("state"), Column("found"), Column("cure", under="found")]
    print_table(shape, [(each.what, each.state.value, each.found, each.cure) for each in findings])
    wrong = sum(each.state is State.WRONG for each in findings)
    print_line(f"{plural(len(findings), 'check')} made, {wrong or 'nothing'} wrong")
