"""`bursar events`: what gateways told us, and applying it once more."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli import event_types, replaying
from bursar.cli.since import HELP as SINCE_HELP
from bursar.cli.since import parse_since

if TYPE_CHECKING:
    from models.queries.inbox import Search

LIST_MAX = 100_000
FIELDS = ("id", "gateway", "gateway_event_id", "type", "state", "failures", "crashes", "error")
"""What `events list --json` prints, in this order: a public interface."""


class State(StrEnum):
    """The states of an event; a test keeps them equal to those of every unit of work, and one more."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    IGNORED = "ignored"
    WAITING = "waiting"
    """Pending until something it names is known."""


StateOption = Annotated[State | None, typer.Option("--state", help="Only events in this state.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Only this type; `refund.*` for all refunds.")]
GatewayOption = Annotated[
    str | None, typer.Option("--gateway", help="Only stripe, razorpay, or stripe:live.")
]
SinceOption = Annotated[str | None, typer.Option("--since", help=f"Only what came since. {SINCE_HELP}")]

app = typer.Typer(name="events", help="Show and replay the events gateways posted.", no_args_is_help=True)


@app.command("list")
def list_events(
    state: StateOption = None,
    event_type: TypeOption = None,
    gateway: GatewayOption = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=LIST_MAX, help="At most so many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List events, newest first."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries.inbox import find_events
    from models.session import transaction

    search = _search(state, event_type, gateway, since, limit)
    connect()
    with transaction() as session:
        found = find_events(session, search)
    if as_json:
        for row in found:
            print_json({name: getattr(row, name) for name in FIELDS})
        return
    _print_events(found)


@app.command()
def show(
    ref: Annotated[str, typer.Argument(metavar="ID", help="Bursar's id or the gateway's.")],
    body: Annotated[bool, typer.Option("--body", help="Also the body, which holds personal data.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show one event: where it stands, the facts read from it, its error."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_fields, print_heading, print_json, print_line
    from models.queries.inbox import facts_of, get_event
    from models.session import transaction

    connect()
    with transaction() as session:
        event = get_event(session, ref)
        facts = [dict(fact._mapping) for fact in facts_of(session, event.id)]
    fields = {name: value for name, value in event._mapping.items() if name != "body"}
    text = bytes(event.body).decode(errors="replace")
    if as_json:
        print_json(fields | {"facts": facts} | ({"body": text} if body else {}))
        return
    print_fields(fields)
    for fact in facts:
        print_heading(f"fact {fact['n']}: {fact['kind']} (apply_seq {fact['apply_seq']})")
        print_fields({f"  {name}": value for name, value in fact["data"].items() if value not in (None, [])})
    if body:
        print_heading("body")
        for line in text.splitlines():
            print_line(line)


@app.command()
def replay(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Which; or say so by options.")
    ] = None,
    state: StateOption = None,
    event_type: TypeOption = None,
    gateway: GatewayOption = None,
    since: SinceOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Whatever is dead, ignored or pending; no other option.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be replayed; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make dead, ignored or waiting events due again. What was applied before is stale the second time."""
    from bursar.cli.environment import connect

    if [bool(refs), any((state, event_type, gateway, since)), every].count(True) != 1:
        raise typer.BadParameter(
            "name events by their ids, choose them by --state, --type, --gateway, --since, or say --all"
        )
    if state in {State.DONE, State.RUNNING}:
        raise typer.BadParameter(f"--state {state}: {replaying.WHY_NOT[state]}")
    search = _search(state, event_type, gateway, since, replaying.REPLAY_MAX)
    connect()
    found = replaying.look(refs, search) if dry_run else replaying.replay(refs, search)
    replaying.report(found, dry_run=dry_run, as_json=as_json)


app.command("types")(event_types.types)


def _print_events(found: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    columns = [
        Column("received", whole=True),
        Column("id", whole=True, under="type", below=110),
        Column("gateway", wide_only=True, below=100),
        Column("type"),
        Column("gateway id", wide_only=True),
        Column("state", whole=True),
        Column("fail", right=True, wide_only=True),
        Column("crash", right=True, wide_only=True),
        Column("why", under="type"),
    ]
    rows = [
        (
            row.received_at,
            row.id,
            row.gateway_account,
            row.type,
            row.gateway_event_id,
            row.state,
            row.failures or None,
            row.crashes or None,
            f"waits for {row.waiting_for}" if row.waiting_for else row.error,
        )
        for row in found
    ]
    print_table(columns, rows, empty="no such events")


def _search(
    state: State | None, event_type: str | None, gateway: str | None, since: str | None, limit: int
) -> "Search":
    from bursar.clock import utc_now
    from models.queries.inbox import Search

    moment: datetime | None = parse_since(since, utc_now())
    waiting = state is State.WAITING
    states = None if state is None else [(State.PENDING if waiting else state).value]
    return Search(states=states, waiting=waiting, type=event_type, gateway=gateway, since=moment, limit=limit)
