"""`bursar breaks`: what is understood but must be decided by a person: shown, taken, resolved, audited."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer

from bursar.cli.enqueue import parse_id
from bursar.rules.breaks import BreakKind

ROWS_MAX = 10_000
REASON_LENGTH_MIN = 3
OWNER_LENGTH_MAX = 100
FIELDS = (
    "id",
    "kind",
    "subject",
    "about",
    "detail",
    "owner",
    "opened_at",
    "age_s",
    "resolved_at",
    "resolution",
)
"""What `breaks list --json` prints, in this order: a public interface."""
EXPLAINED = frozenset({"payment", "dispute"})
"""Subjects that `bursar explain` tells of."""


Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Which, as `bursar breaks list` names them.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(name="breaks", help="Show, take and resolve what waits for a person.", no_args_is_help=True)


@app.command("list")
def list_breaks(
    kind: Annotated[
        BreakKind | None, typer.Option("--kind", metavar="KIND", help="Only this; a wrong one lists all.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only what this person has taken.")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Also those that are resolved.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, oldest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, the oldest first; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries.breaks import BreakSearch, find_breaks
    from models.session import transaction

    search = BreakSearch(kind=kind.value if kind else None, owner=owner, resolved=resolved, limit=limit)
    connect()
    with transaction() as session:
        rows = find_breaks(session, search)
    if as_json:
        for row in rows:
            print_json(_facts(row))
    else:
        _print_breaks(rows)


@app.command()
def show(ref: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show one break in full, and how often the same was opened before or since."""
    from bursar.cli.environment import connect
    from bursar.cli.output import plural, print_fields, print_json
    from models.queries.breaks import count_alike, get_break
    from models.session import transaction

    break_id = parse_id(ref)
    connect()
    with transaction() as session:
        row = get_break(session, break_id)
        alike = count_alike(session, row)
    if as_json:
        print_json(_facts(row) | {"alike": alike})
        return
    subject, _, subject_id = row.subject.partition(":")
    look = f"bursar explain {subject} {subject_id}" if subject in EXPLAINED else None
    then = None if row.resolved_at else f"bursar breaks resolve {row.id} --reason TEXT"
    told = {"opened besides": plural(alike, "time") if alike else None, "see": look, "next": then}
    print_fields(_facts(row) | {"age_s": None, "age": age_text(row.age)} | told)


@app.command()
def take(
    ids: Ids = None,
    owner: Annotated[str | None, typer.Option("--as", help="Who looks at it; else you.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say who looks at open breaks. All of them or none."""
    from bursar.cli.environment import operator
    from models.queries.breaks import set_owner

    name = (owner if owner is not None else operator()).strip()
    if not 0 < len(name) <= OWNER_LENGTH_MAX:
        raise typer.BadParameter(f"--as must be a name of up to {OWNER_LENGTH_MAX} characters")

    def give(session: Any, rows: Sequence[Any], who: str) -> None:
        set_owner(session, [row.id for row in rows], name)

    rows = _change(_wanted(ids, None), None, "taken", {"owner": name}, give)
    _report(rows, "taken", as_json)


@app.command()
def resolve(
    reason: Annotated[str, typer.Option("--reason", help="What was done; kept on the break and audited.")],
    ids: Ids = None,
    every: Annotated[
        BreakKind | None,
        typer.Option("--kind", metavar="KIND", help="Every open break of this kind, instead of ids."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Close breaks for good, with the reason. All or none; should one happen again, a new one opens."""
    from models.queries.breaks import resolve as close

    said = reason.strip()
    if len(said) < REASON_LENGTH_MIN:
        raise typer.BadParameter("--reason must say what was done, in words")

    def end(session: Any, rows: Sequence[Any], who: str) -> None:
        close(session, [row.id for row in rows], resolution=f"resolved by {who}: {said}", owner=who)

    rows = _change(_wanted(ids, every), every, "resolved", {"reason": said}, end)
    _report(rows, "resolved", as_json)


def age_text(age: timedelta) -> str:
    """How long something waits: `12 min`, `5 h`, `3 d`."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def _wanted(ids: Sequence[str] | None, every: BreakKind | None) -> list[Any]:
    """The ids named; empty for a whole kind. Raises a usage error unless exactly one way was taken."""
    if bool(ids) == bool(every):
        raise typer.BadParameter("name breaks by their ids" if not every else "either ids or --kind")
    return [parse_id(each) for each in ids or []]


def _change(
    ids: list[Any],
    every: BreakKind | None,
    verb: str,
    detail: dict[str, str],
    act: Callable[[Any, Sequence[Any], str], None],
) -> Sequence[Any]:
    """Lock, act and audit in one transaction."""
    from bursar.cli.environment import connect, operator
    from models.queries.audit import audit
    from models.queries.breaks import lock_open, lock_open_of
    from models.session import transaction

    connect()
    who = operator()
    with transaction() as session:
        rows = lock_open_of(session, every.value, limit=ROWS_MAX) if every else lock_open(session, ids)
        act(session, rows, who)
        subjects = {row.id: "break" for row in rows}
        audit(session, actor=who, verb=verb, subjects=subjects, detail=detail)
    return rows


def _print_breaks(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    shape = [
        Column("age", right=True, whole=True),
        Column("id", whole=True, under="kind", below=110),
        Column("kind"),
        Column("about"),
        Column("owner"),
        Column("detail", under="kind"),
    ]
    shown = [
        (age_text(row.age), row.id, row.kind, row.about or row.subject, row.owner, _said(row)) for row in rows
    ]
    print_table(shape, shown, empty="nothing waits for a person")


def _said(row: Any) -> str:
    return f"{row.detail} ({row.resolution})" if row.resolved_at else str(row.detail)


def _report(rows: Sequence[Any], verb: str, as_json: bool) -> None:
    from bursar.cli.output import columns, plural, print_json, print_line, print_table

    if as_json:
        print_json({verb: [{"kind": row.kind, "id": row.id} for row in rows]})
        return
    print_table(
        columns("id", "kind", "subject"),
        [(row.id, row.kind, row.subject) for row in rows],
        empty="no such breaks are open",
    )
    if rows:
        print_line(f"{plural(len(rows), 'break')} {verb}")


def _facts(row: Any) -> dict[str, Any]:
    values = {"age_s": int(row.age.total_seconds())}
    return {name: values[name] if name in values else getattr(row, name) for name in FIELDS}
