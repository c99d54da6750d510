"""`bursar documents`: look for papers, hand out links, compare stored bytes with what they were."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli import accounts, bundles
from bursar.cli.since import HELP as SINCE
from bursar.rules.consequences import DocumentKind

if TYPE_CHECKING:
    from datetime import timedelta

ROWS_MAX = 10_000
LISTED = (
    "id",
    "kind",
    "number",
    "version",
    "state",
    "customer",
    "amount_minor",
    "currency",
    "size_bytes",
    "created_at",
    "done_at",
)
"""What `documents list --json` prints, in this order: a public interface."""
SHOWN = (*LISTED, "subject_id", "blob_key", "renderer_version", "verified_at", "failures", "error")
"""What `documents show --json` prints."""
REASON_LENGTH_MIN = 3

Ref = Annotated[str, typer.Argument(metavar="REF", help="An id, or a number like RCT/26-27/000042.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Kind = Annotated[DocumentKind | None, typer.Option("--kind", help="Only these.")]
Customer = Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")]

app = typer.Typer(name="documents", help="Papers: find, link, compare, bundle.", no_args_is_help=True)
app.command()(bundles.bundle)
app.command()(bundles.save)
app.command()(accounts.statement)


@app.command("list")
def list_documents(
    kind: Kind = None,
    customer: Customer = None,
    state: Annotated[str | None, typer.Option("--state", help="As done, pending or dead.")] = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Reserved from then on. {SINCE}")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Reserved before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List documents; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from bursar.cli.since import parse_since
    from bursar.clock import utc_now
    from models.queries.documents import DocumentSearch, find_documents
    from models.session import transaction

    search = DocumentSearch(
        kind=kind.value if kind else None,
        state=state,
        customer=customer,
        since=parse_since(since, utc_now()),
        until=parse_since(until, utc_now()),
        limit=limit,
    )
    connect()
    with transaction() as session:
        rows = find_documents(session, search)
    if as_json:
        for row in rows:
            print_json({name: getattr(row, name) for name in LISTED})
    else:
        _print_documents(rows)


@app.command()
def show(ref: Ref, as_json: AsJson = False) -> None:
    """Show one document: what it is about, where its bytes lie, when they were last compared."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_fields, print_json
    from models.queries.documents import get_document
    from models.session import transaction

    connect()
    with transaction() as session:
        row = get_document(session, ref)
    facts = {name: getattr(row, name) for name in SHOWN}
    if as_json:
        print_json(facts)
        return
    amount = _amount(row)
    quiet = dict.fromkeys(("amount_minor", "currency"))
    print_fields(facts | quiet | {"amount": amount, "failures": row.failures or None})


@app.command()
def link(
    ref: Ref,
    ttl: Annotated[
        str | None, typer.Option("--ttl", help="How long it works: 30m, 24h, 7d. Default BURSAR_LINK_TTL_H.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print an address where anybody who has it can fetch the document until it ends."""
    from bursar.cli.environment import connect, settings
    from bursar.cli.output import print_json, print_line
    from bursar.clock import utc_now
    from bursar.documents.links import document_link, lifetime
    from models.queries.documents import get_finished
    from models.session import transaction

    wanted, now = parse_ttl(ttl), utc_now()
    connect()
    with transaction() as session:
        row = get_finished(session, ref)
    chosen = settings()
    url = document_link(chosen, row.id, now, wanted)
    if as_json:
        print_json(
            {"id": row.id, "number": row.number, "url": url, "ends_at": now + lifetime(chosen, wanted)}
        )
    else:
        print_line(url)


@app.command()
def verify(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="REF", help="Which; all that are finished without one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare stored bytes with their hash and with what was frozen; 6 when one is not what it was."""
    from bursar.cli.environment import connect
    from bursar.cli.exits import ExitCode
    from bursar.cli.output import columns, plural, print_json, print_line, print_table
    from models.queries.documents import get_finished
    from models.session import transaction
    from tasks import custody
    from tasks.documents import draw

    connect()
    with transaction() as session:
        ids = [get_finished(session, ref).id for ref in refs or []]
    compared, wrong = 0, []
    for page in custody.verify(draw, ids):
        compared += len(page)
        wrong += [(row, damage) for row, damage in page if damage is not None]
    if as_json:
        damaged = [{"id": row.id, "number": row.number, "damage": damage} for row, damage in wrong]
        print_json({"compared": compared, "damaged": damaged})
    else:
        shown = [(row.id, row.kind, row.number, damage) for row, damage in wrong]
        if shown:
            print_table(columns("id", "kind", "number", "damage"), shown)
        print_line(f"{plural(compared, 'document')} compared, {len(wrong) or 'none'} damaged")
    if wrong:
        raise typer.Exit(ExitCode.BROKEN)


@app.command()
def regenerate(
    ref: Ref,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")],
    as_json: AsJson = False,
) -> None:
    """Make a document again from what was frozen, as a new version. The old one stays."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.output import print_json, print_line
    from tasks import custody

    if len(reason.strip()) < REASON_LENGTH_MIN:
        raise typer.BadParameter("--reason must say why, in words")
    connect()
    made = custody.regenerate(ref, by=operator(), reason=reason.strip())
    if as_json:
        print_json({"id": made})
    else:
        print_line(f"a new version is reserved: bursar documents show {made}")


def parse_ttl(text: str | None) -> "timedelta | None":
    """`30m`, `24h`, `7d`. Raises a usage error."""
    from datetime import timedelta

    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if found is None:
        raise typer.BadParameter(f"--ttl {text!r}: write a number and m, h or d, as 24h")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return timedelta(**{unit: int(found[1])})


def _print_documents(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    shape = [
        Column("UTC", whole=True),
        Column("number", whole=True),
        Column("id", whole=True, under="number", below=130),
        Column("kind"),
        Column("v", right=True),
        Column("customer"),
        Column("amount", right=True, whole=True),
        Column("kB", right=True, wide_only=True, below=100),
        Column("state"),
    ]
    shown = [
        (
            row.created_at,
            row.number,
            row.id,
            row.kind,
            row.version,
            row.customer,
            _amount(row),
            None if row.size_bytes is None else f"{row.size_bytes / 1000:.1f}",
            row.state,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="no such document")


def _amount(row: Any) -> str | None:
    from bursar.rules.money_text import money_text

    return None if row.amount_minor is None else money_text(row.amount_minor, row.currency)
