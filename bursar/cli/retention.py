"""`bursar retention`: how long what is kept, and what would be forgotten now."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar.rules.retention import Kept

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
_WHAT = {
    "bodies": "what gateways signed and sent; facts stay",
    "calls": "what gateways were asked with; outcomes stay",
    "mails": "what mails said; that they went out stays",
    "ticks": "windows of periodic jobs",
    "erased": "what gateways sent about persons after their erasure",
}

app = typer.Typer(name="retention", help="How long what is kept.", no_args_is_help=True)


@app.command()
def show(as_json: AsJson = False) -> None:
    """How long what is kept, and how much of it is older."""
    from bursar.cli.environment import connect
    from bursar.clock import utc_now
    from tasks.forgetting import would_forget

    connect()
    _print(would_forget(utc_now(), whole=True), as_json, "older than that")


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and show; forget nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget here and now what has been kept long enough, over the whole past."""
    from bursar.cli.environment import connect
    from bursar.clock import utc_now
    from tasks.forgetting import forget, would_forget

    connect()
    if dry_run:
        _print(would_forget(utc_now(), whole=True), as_json, "would be forgotten")
    else:
        _print(forget(utc_now(), whole=True), as_json, "forgotten")


def _print(counts: "Mapping[Kept, int]", as_json: bool, what: str) -> None:
    from bursar.cli.output import Column, print_json, print_line, print_table
    from bursar.rules.retention import DAYS, YEARS_MIN

    if as_json:
        for kept, count in counts.items():
            print_json({"kept": kept.value, "days": DAYS[kept], "rows": count})
        return
    shape = [Column("kept", whole=True), Column("days", right=True), Column("what"), Column(what, right=True)]
    print_table(shape, [(kept.value, DAYS[kept], _WHAT[kept.value], n) for kept, n in counts.items()])
    print_line(
        f"payments, ledger and facts stay, and papers at least {YEARS_MIN} years, by the country's law"
    )
