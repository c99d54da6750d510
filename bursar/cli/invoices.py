"""`bursar invoices`: listed, shown, issued, made void, credited. Many at once are in billing.py."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from bursar.cli import billing
from bursar.rules.states import InvoiceStatus

ROWS_MAX = 10_000
FIELDS = (
    "id",
    "number",
    "kind",
    "status",
    "customer",
    "reference",
    "currency",
    "total_minor",
    "tax_minor",
    "round_off_minor",
    "paid_minor",
    "refunded_minor",
    "open_minor",
    "place_of_supply",
    "due_on",
    "issue_on",
    "issued_at",
    "refused_because",
)
"""What `invoices list --json` prints, in this order: a public interface; `show` adds lines and notes."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ref = Annotated[str, typer.Argument(metavar="INVOICE", help="Our id, its number or the host's reference.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; audited, and printed on a credit note.")]

app = typer.Typer(name="invoices", help="Draft, issue, list, credit and void invoices.", no_args_is_help=True)
app.command()(billing.create)
app.command()(billing.bulk)


@app.command("list")
def list_invoices(
    status: Annotated[InvoiceStatus | None, typer.Option("--status", help="Only these.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only drafts that could not be issued.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List invoices and drafts; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries import invoices
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = invoices.find(
            session, status=status.value if status else None, customer=customer, refused=refused, limit=limit
        )
    if as_json:
        for row in rows:
            print_json(_facts(row))
    else:
        _print_invoices(rows)


@app.command()
def show(ref: Ref, as_json: AsJson = False) -> None:
    """Show one with its lines, taxes and credit notes."""
    from bursar.cli.environment import connect

    connect()
    _show(_found(ref), as_json)


@app.command()
def issue(ref: Ref, as_json: AsJson = False) -> None:
    """Issue a draft: it gets its number, is owed, and never changes again."""
    from bursar.cli.environment import connect, operator
    from tasks import invoices

    connect()
    invoice_id = _found(ref)
    invoices.issue(invoice_id, operator())
    _show(invoice_id, as_json)


@app.command()
def void(ref: Ref, reason: Reason, as_json: AsJson = False) -> None:
    """Reverse an invoice that nothing was paid on; its number stays taken."""
    from bursar.cli.environment import connect, operator
    from tasks import invoices

    connect()
    invoice_id = _found(ref)
    invoices.void(invoice_id, operator(), reason)
    _show(invoice_id, as_json)


@app.command()
def credit(
    ref: Ref,
    reason: Reason,
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="N=AMOUNT", help="So much of this line; by default all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a charge back with a credit note; what was paid beyond the rest becomes the customer's credit."""
    from bursar.cli.environment import connect, operator
    from models.queries import invoices as queries
    from models.session import transaction
    from tasks import invoices

    connect()
    invoice_id = _found(ref)
    with transaction() as session:
        currency = queries.get(session, invoice_id).currency
    note_id = invoices.credit(invoice_id, _amounts(line, currency), operator(), reason)
    invoices.credit_notes([note_id])  # numbered here and now, unless a worker was faster
    _show(invoice_id, as_json)


def _amounts(typed: Sequence[str] | None, currency: str) -> dict[int, int] | None:
    """`2=1,250.50` by position of the line. Raises a usage error or AmountRefused."""
    from bursar.rules.money import parse_amount

    if not typed:
        return None
    found: dict[int, int] = {}
    for each in typed:
        at, equals, amount = each.partition("=")
        if not equals or not at.strip().isdecimal():
            raise typer.BadParameter(f"--line {each!r}: write the line's number and an amount, as 1=250.50")
        found[int(at)] = parse_amount(amount, currency)
    return found


def _found(ref: str) -> UUID:
    from models.queries.payable import invoice_to_pay
    from models.session import transaction

    with transaction() as session:
        invoice_id: UUID = invoice_to_pay(session, ref).id
    return invoice_id


def _show(invoice_id: UUID, as_json: bool) -> None:
    from bursar.cli.output import print_fields, print_json
    from models.queries import invoices
    from models.session import transaction

    with transaction() as session:
        row = invoices.get(session, invoice_id)
        lines = invoices.lines(session, invoice_id)
        notes = invoices.notes(session, invoice_id)
    facts = _facts(row)
    if as_json:
        more = {
            "lines": [each._asdict() for each in lines],
            "credit_notes": [each._asdict() for each in notes],
        }
        print_json(facts | more)
        return
    amounts = {name: _money(row, minor) for name, minor in facts.items() if name.endswith("_minor")}
    days = {name: day.isoformat() for name in ("due_on", "issue_on") if (day := facts[name])}
    told = {**facts, **amounts, **days, "currency": None}
    if not row.round_off_minor:
        del told["round_off_minor"]
    print_fields({name.removesuffix("_minor"): each for name, each in told.items()})
    _print_lines(row, lines)
    _print_notes(row, notes)


def _print_invoices(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    shape = [
        Column("number", whole=True),
        Column("customer"),
        Column("reference"),
        Column("status"),
        Column("due"),
        Column("total", right=True, whole=True),
        Column("open", right=True, whole=True),
        Column("why not issued", under="status"),
    ]
    shown = [
        (
            row.number or "(draft)",
            row.customer,
            row.reference,
            row.status,
            row.due_on.isoformat(),
            _money(row, row.total_minor),
            _money(row, row.open_minor) if row.status == InvoiceStatus.OPEN else "",
            row.refused_because,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="no invoices: bursar invoices create FILE")


def _print_lines(row: Any, lines: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_heading, print_table

    shape = [Column("line", right=True), Column("component"), Column("tax"), Column("code")]
    shape += [Column(name, right=True, whole=True) for name in ("net", "tax amount", "gross", "credited")]
    shown = [
        (
            each.position,
            each.component,
            f"{each.tax_kind} {each.tax_rate_bp / 100:g} %" if each.tax_rate_bp else each.tax_kind,
            each.tax_code,
            *(_money(row, minor) for minor in (each.net_minor, each.tax_minor, each.gross_minor)),
            _money(row, each.credited_minor) if each.credited_minor else "",
        )
        for each in lines
    ]
    print_heading("")
    print_table(shape, shown, empty="it has no lines")


def _print_notes(row: Any, notes: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_heading, print_table

    if notes:
        shape = [
            Column("credit note", whole=True),
            Column("for"),
            Column("total", right=True),
            Column("reason"),
        ]
        shown = [
            (
                each.number or f"({each.state})",
                each.cause,
                _money(row, each.total_minor),
                each.error or each.reason,
            )
            for each in notes
        ]
        print_heading("")
        print_table(shape, shown)


def _money(row: Any, minor: int) -> str:
    from bursar.rules.money_text import money_text

    return money_text(minor, row.currency, row.locale)


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}
