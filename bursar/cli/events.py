"""`bursar events`: what gateways told us, and applying it once more."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli.since import HELP as SINCE_HELP
from bursar.cli.since import parse_since

if TYPE_CHECKING:
    from models.queries.inbox import Search

LIST_MAX = 100_000
REPLAY_MAX = 10_000
"""Events one replay makes due: more is a plan, not a command."""
WAKE_IDS_MAX = 200
"""Ids in one wake: a hint where to begin, workers drain whatever is due."""
FIELDS = ("id", "gateway", "gateway_event_id", "type", "state", "failures", "crashes", "error")
"""What `events list --json` prints, in this order: a public interface."""


class State(StrEnum):
    """The states of an event; a test keeps them equal to those of every unit of work."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    IGNORED = "ignored"


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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be replayed; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make dead, ignored or waiting events due again. What was applied before is stale the second time."""
    from bursar.cli.environment import connect
    from models.session import transaction

    by_option = any((state, event_type, gateway, since))
    if bool(refs) == by_option:
        raise typer.BadParameter(
            "name events by their ids, or choose them by --state, --type, --gateway, --since"
        )
    search = _search(state, event_type, gateway, since, REPLAY_MAX)
    connect()
    with transaction() as session:
        rows = _lock(session, refs, search)
        if not dry_run:
            _replay(session, rows)
    _report(rows, dry_run=dry_run, as_json=as_json)


def _print_events(found: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    columns = [
        Column("received", whole=True),
        Column("id", whole=True),
        Column("gateway"),
        Column("type"),
        Column("gateway id", wide_only=True),
        Column("state"),
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
    states = None if state is None else [state.value]
    return Search(states=states, type=event_type, gateway=gateway, since=moment, limit=limit)


def _lock(session: Any, refs: Sequence[str] | None, search: "Search") -> Sequence[Any]:
    from models.queries.inbox import lock_matching, lock_replayable

    return lock_replayable(session, refs) if refs else lock_matching(session, search)


def _replay(session: Any, rows: Sequence[Any]) -> None:
    from bursar.cli.environment import operator
    from models.inbox_writes import replay_events
    from models.queries.dead import audit

    ids = [row.id for row in rows]
    replay_events(session, ids)
    audit(session, actor=operator(), verb="replayed", subjects=dict.fromkeys(ids, "event"), detail={})


def _report(rows: Sequence[Any], *, dry_run: bool, as_json: bool) -> None:
    """Wake the events worker after the commit, and say what happened."""
    from bursar.cli.output import columns, plural, print_json, print_line, print_table
    from bursar.cli.waking import wake_rows

    ids = [row.id for row in rows]
    woken = bool(ids) and not dry_run and wake_rows("events.apply", ids[:WAKE_IDS_MAX])
    if as_json:
        print_json({"replayed": ids, "dry_run": dry_run, "woken": woken})
        return
    print_table(
        columns("id", "gateway", "type", "gateway id", "was"),
        [(row.id, row.gateway_account, row.type, row.gateway_event_id, row.state) for row in rows],
        empty="no such events that could be replayed",
    )
    if dry_run:
        print_line(f"{plural(len(ids), 'event')} would be replayed; nothing was changed")
    elif ids:
        who = "a worker was woken" if woken else "no broker took the wake: the sweeper finds them"
        print_line(f"{plural(len(ids), 'event')} due again; {who}")
