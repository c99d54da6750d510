"""`bursar dead`: work of every kind that gave up, back to life or put aside, always audited."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from bursar.cli.enqueue import parse_id

ROWS_MAX = 10_000
WAKE_IDS_MAX = 200
"""Ids in one wake: a hint where to begin, workers drain whatever is due."""
REASON_LENGTH_MIN = 3


class Kind(StrEnum):
    """Kinds of work; a test keeps them equal to the tables of the kinds."""

    EVENTS = "gateway_events"
    ENROLLMENTS = "enrollments"
    DOCUMENTS = "documents"
    EMAILS = "emails"
    GATEWAY_CALLS = "gateway_calls"
    BUNDLES = "bundles"
    RECONCILIATION_RUNS = "reconciliation_runs"
    NOTIFICATIONS = "notifications"
    CREDIT_NOTES = "credit_notes"
    ISSUING_RUNS = "issuing_runs"
    DUNNING_STEPS = "dunning_steps"


Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Which, as `bursar dead list` names them.")
]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="Only this kind of work.")]
AllOption = Annotated[bool, typer.Option("--all", help="Everything dead, of the --kind or of all kinds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    name="dead", help="Show, replay and discard dead letters of every kind.", no_args_is_help=True
)


@app.command("list")
def list_dead(
    kind: KindOption = None,
    limit: Annotated[
        int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, the latest deaths first.")
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """List what is dead and why, one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import Column, print_json, print_table
    from models.queries.dead import find_dead
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = find_dead(session, kind=kind.value if kind else None, limit=limit)
    if as_json:
        for row in rows:
            print_json(_facts(row))
        return
    columns = [
        Column("died", whole=True),
        Column("kind", whole=True),
        Column("id", whole=True, under="what", below=110),
        Column("what"),
        Column("fail", right=True, wide_only=True),
        Column("crash", right=True, wide_only=True),
        Column("reason", under="what"),
    ]
    shown = [
        (row.died_at, row.kind, row.id, row.what, row.failures or None, row.crashes or None, row.error)
        for row in rows
    ]
    print_table(columns, shown, empty="nothing is dead")


@app.command()
def show(ref: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show one dead letter in full."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_fields, print_json
    from models.queries.dead import lock_dead
    from models.session import transaction

    row_id = parse_id(ref)
    connect()
    with transaction() as session:
        [row] = lock_dead(session, [row_id])
    if as_json:
        print_json(_facts(row))
    else:
        print_fields(_facts(row) | {"next": f"bursar dead replay {row.id}, or discard --reason TEXT"})


@app.command()
def replay(
    ids: Ids = None, kind: KindOption = None, every: AllOption = False, as_json: AsJson = False
) -> None:
    """Make dead work due again, its failures and crashes forgotten. All of it or none."""
    from models.queries.dead import (
        close_breaks,
        refuse_runs_that_were_replaced,
        refuse_second_copies,
        replay_dead,
    )

    def bring_back(session: Any, rows: Sequence[Any], who: str) -> None:
        refuse_second_copies(rows)
        refuse_runs_that_were_replaced(session, rows)
        replay_dead(session, rows)
        close_breaks(session, rows, f"replayed by {who}")

    rows = _change(_wanted(ids, every), kind, "replayed", {}, bring_back)
    _wake(rows)
    _report(rows, "replayed", as_json)


@app.command()
def discard(
    reason: Annotated[str, typer.Option("--reason", help="Why; kept on the row and in the audit log.")],
    ids: Ids = None,
    kind: KindOption = None,
    every: AllOption = False,
    as_json: AsJson = False,
) -> None:
    """Put dead work aside for good: state `ignored`, with the reason. All of it or none."""
    from models.queries.dead import close_breaks, discard_dead

    said = reason.strip()
    if len(said) < REASON_LENGTH_MIN:
        raise typer.BadParameter("--reason must say why, in words")

    def put_aside(session: Any, rows: Sequence[Any], who: str) -> None:
        discard_dead(session, rows, said)
        close_breaks(session, rows, f"discarded by {who}: {said}")

    rows = _change(_wanted(ids, every), kind, "discarded", {"reason": said}, put_aside)
    _report(rows, "discarded", as_json)


def _wanted(ids: Sequence[str] | None, every: bool) -> list[Any]:
    """The ids named; empty for everything. Raises a usage error unless exactly one way was taken."""
    if bool(ids) == every:
        raise typer.BadParameter("name dead letters by their ids, or take everything by --all")
    return [parse_id(each) for each in ids or []]


def _change(ids: list[Any], kind: Kind | None, verb: str, detail: dict[str, str], act: Any) -> Sequence[Any]:
    """Lock, act and audit in one transaction."""
    from bursar.cli.environment import connect, operator
    from models.queries.audit import audit
    from models.queries.dead import SUBJECTS, lock_all_dead, lock_dead
    from models.session import transaction

    connect()
    who = operator()
    with transaction() as session:
        named = kind.value if kind else None
        rows = lock_dead(session, ids) if ids else lock_all_dead(session, kind=named, limit=ROWS_MAX)
        rows = [row for row in rows if named in (None, row.kind)]
        act(session, rows, who)
        subjects = {row.id: SUBJECTS[row.kind] for row in rows}
        audit(session, actor=who, verb=verb, subjects=subjects, detail=detail)
    return rows


def _wake(rows: Sequence[Any]) -> None:
    """Best effort, after the commit; the sweeper finds the rest."""
    from bursar.cli.waking import wake_rows
    from models.queries.dead import TASKS

    for table in sorted({row.kind for row in rows}):
        wake_rows(TASKS[table], [row.id for row in rows if row.kind == table][:WAKE_IDS_MAX])


def _report(rows: Sequence[Any], verb: str, as_json: bool) -> None:
    from bursar.cli.output import columns, plural, print_json, print_line, print_table

    if as_json:
        print_json({verb: [{"kind": row.kind, "id": row.id} for row in rows]})
        return
    shown = [(row.kind, row.id, row.what) for row in rows]
    print_table(columns("kind", "id", "what"), shown, empty="nothing is dead")
    if rows:
        print_line(f"{plural(len(rows), 'dead letter')} {verb}")


def _facts(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "id": row.id,
        "what": row.what,
        "failures": row.failures,
        "crashes": row.crashes,
        "error_class": row.error_class,
        "error": row.error,
        "since": row.since,
        "died_at": row.died_at,
    }
