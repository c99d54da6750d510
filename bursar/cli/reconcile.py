"""`bursar reconcile`: ask gateways what is true, and see what was asked before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli.since import HELP
from bursar.rules.reconciling import RunKind, Span

if TYPE_CHECKING:
    from bursar.rules.reconciling import Differing
    from bursar.rules.settling import Tied

ROWS_MAX = 10_000
FIELDS = (
    "id",
    "kind",
    "gateway_account",
    "since",
    "until",
    "periodic",
    "done_until",
    "look",
    "state",
    "counts",
    "error",
    "requested_by",
    "created_at",
    "done_at",
    "not_before",
)
"""What a run is in JSON, in this order: a public interface."""

Gateway = Annotated[str | None, typer.Option("--gateway", help="Only this one: stripe, razorpay, paypal.")]
Since = Annotated[str | None, typer.Option("--since", help=HELP)]
Until = Annotated[str | None, typer.Option("--until", help="The same; now by default.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Ask, compare and show; write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]

app = typer.Typer(
    name="reconcile", help="Ask gateways what is true, and heal what is not.", no_args_is_help=True
)


@app.command()
def backfill(
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Hear what webhooks did not tell; without --since, since the last time."""
    from tasks.backfill import would_hear

    wish = _Wish(RunKind.BACKFILL, gateway, since, until)
    if not dry_run:
        wish.run(as_json)
        return
    found = [(account, each) for account, span in wish.spans() for each in would_hear(account, span)]
    told = [{"account": account, "type": each.type, "object_id": each.object_id} for account, each in found]
    _print(told, as_json, ("account", "type", "object_id"), "nothing is missing here")


@app.command()
def diff(
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Compare gateways with the books and heal what differs; without --since, since the last time."""
    from tasks.differences import look

    wish = _Wish(RunKind.DIFF, gateway, since, until)
    if not dry_run:
        wish.run(as_json)
        return
    told = [
        _difference(account, each) for account, span in wish.spans() for each in look(account, span).differing
    ]
    _print(told, as_json, ("account", "thing", "id", "differences", "detail"), "nothing differs")


@app.command()
def settle(
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Tie what reached the bank, line by line; shows each settlement with its remainder."""
    from tasks.settlements import would_settle

    wish = _Wish(RunKind.SETTLE, gateway, since, until)
    spans = wish.spans()
    if not dry_run:
        wish.run(as_json=False, shown=False)
    tied = [(account, each) for account, span in spans for each in would_settle(account, span)]
    if as_json:
        _print([_settlement(account, each) for account, each in tied], True, (), "")
    else:
        _print_settlements(tied)


@app.command()
def runs(
    kind: Annotated[RunKind | None, typer.Option("--kind", help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what was gone through, how far, and what came of it."""
    from bursar.cli.environment import connect
    from models.queries import runs as queries
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = queries.find(session, kind=kind, limit=limit)
    _print_runs(rows, as_json)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody at the keyboard asks for."""

    kind: RunKind
    gateway: str | None
    since: str | None
    until: str | None

    def spans(self) -> list[tuple[str, Span]]:
        """Each account with its window. Raises Misconfigured, WindowRefused and usage errors."""
        from tasks.reconciliation import accounts_of, next_window

        self._connect()
        window = self._window()
        return [(each, window or next_window(self.kind, each)) for each in accounts_of(self.gateway)]

    def run(self, as_json: bool, *, shown: bool = True) -> None:
        """Go through it here and now; a worker goes on with what is put off."""
        from bursar.cli.environment import operator
        from bursar.cli.exits import ExitCode
        from models.queries import runs as queries
        from models.session import transaction
        from tasks.reconciliation import begin_runs, work_off

        self._connect()
        run_ids = begin_runs(self.kind, self.gateway, self._window(), requested_by=operator(), wished=True)
        work_off(run_ids)
        with transaction() as session:
            rows = [queries.get(session, run_id) for run_id in run_ids]
        if shown:
            _print_runs(rows, as_json)
        if any(row.state == "pending" and row.error for row in rows):
            raise typer.Exit(ExitCode.TRANSIENT)

    def _window(self) -> Span | None:
        from bursar.cli.since import parse_since
        from bursar.clock import utc_now
        from tasks.reconciliation import window_of

        return window_of(self.kind, parse_since(self.since, utc_now()), parse_since(self.until, utc_now()))

    def _connect(self) -> None:
        from bursar.cli.environment import connect

        connect()


def _print(rows: Sequence[dict[str, Any]], as_json: bool, names: Sequence[str], empty: str) -> None:
    from bursar.cli.output import columns, print_json, print_table

    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(columns(*names), [[row[name] for name in names] for row in rows], empty=empty)


def _print_runs(rows: Sequence[Any], as_json: bool) -> None:
    names = ("UTC", "id", "kind", "account", "since", "until", "state", "found")
    told = [
        {name: getattr(row, name) for name in FIELDS}
        | ({} if as_json else {"UTC": row.created_at, "account": row.gateway_account, "found": _found(row)})
        for row in rows
    ]
    _print(told, as_json, names, "nothing was gone through: a run is under way, or no gateway has keys")


def _found(row: Any) -> str:
    """The counts that say something, then why it stands still."""
    counts = ", ".join(f"{name} {count}" for name, count in row.counts.items() if count)
    return f"{counts} ({row.error})" if row.error else counts


def _difference(account: str, differing: "Differing") -> dict[str, Any]:
    return {
        "account": account,
        "thing": differing.name.thing.value,
        "id": differing.name.id,
        "differences": [each.value for each in differing.differences],
        "theirs": differing.theirs and differing.theirs._asdict(),
        "ours": differing.ours and differing.ours._asdict(),
        "detail": differing.detail,
    }


def _settlement(account: str, tied: "Tied") -> dict[str, Any]:
    return {
        "account": account,
        "settlement": tied.settlement,
        "currency": tied.currency,
        "paid_minor": tied.paid_minor,
        "lines": tied.lines,
        "tied_minor": tied.tied_minor,
        "fee_minor": tied.fee_minor,
        "untied": [each._asdict() for each in tied.untied],
        "remainder_minor": tied.remainder_minor,
        "agrees": tied.agrees,
    }


def _print_settlements(found: Sequence[tuple[str, "Tied"]]) -> None:
    from bursar.cli.output import Column, plural, print_table
    from bursar.rules.money_text import money_text

    shape = [
        Column("settlement", whole=True),
        Column("what"),
        Column("amount", right=True, whole=True),
    ]
    rows: list[tuple[str, str, str]] = []
    for _, tied in found:
        parts = [
            ("reached the bank", tied.paid_minor),
            (f"tied, of {plural(tied.lines, 'line')}", tied.tied_minor),
            *((f"untied: {each.label}", each.net_minor) for each in tied.untied),
            ("remainder", tied.remainder_minor),
        ]
        rows += [
            (tied.settlement, what, "unknown" if minor is None else money_text(minor, tied.currency))
            for what, minor in parts
        ]
    print_table(shape, rows, empty="nothing was settled in this time")
