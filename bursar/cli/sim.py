"""`bursar sim`: a school made up from a seed, told in order, shuffled and doubled; the books must agree."""

from typing import TYPE_CHECKING, Annotated

import typer

from bursar.cli.exits import ExitCode

if TYPE_CHECKING:
    from bursar.sandbox.simulator.run import Result

EVENTS_MAX = 1_000_000


def sim(
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.", min=0)] = 1,
    events: Annotated[
        int, typer.Option(help="Events in the story, before any are told twice.", min=1, max=EVENTS_MAX)
    ] = 5_000,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print {seed, events, folded, payments, entries, checks, cpu_s, events_per_s, broken}.",
        ),
    ] = False,
) -> None:
    """Prove on made-up events that order, doubles and batches change nothing; no server is needed.

    Exit code 6 when a law is broken: the seed and the laws are printed.
    """
    from bursar.cli.output import print_json
    from bursar.sandbox.simulator.run import simulate

    result = simulate(seed, events)
    if as_json:
        print_json(_as_dict(result))
    else:
        _show(result)
    if result.broken:
        raise typer.Exit(ExitCode.BROKEN)


def _as_dict(result: "Result") -> dict[str, object]:
    from dataclasses import asdict

    told = asdict(result)
    return {**told, "cpu_s": round(result.cpu_s, 2), "events_per_s": result.events_per_s}


def _show(result: "Result") -> None:
    from bursar.cli.output import plural, print_fields, print_line

    print_fields(
        {
            "seed": result.seed,
            "events": f"{result.events:,}",
            "folded": f"{result.folded:,} in three ways, redeliveries included",
            "payments": f"{result.payments:,}",
            "ledger entries": f"{result.entries:,}",
            "checks": f"{result.checks:,}",
            "events/s": f"{result.events_per_s:,} per core, checks included",
        }
    )
    for law in result.broken:
        print_line(f"broken: {law}")
    if result.broken:
        again = f"bursar sim --seed {result.seed} --events {result.events}"
        print_line(f"{plural(len(result.broken), 'law')} broken; to see it again: {again}")
    else:
        print_line("every law holds: in order once, shuffled and doubled, the books are the same")
