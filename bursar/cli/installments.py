"""`bursar installments`: an invoice paid in parts."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.rules.installments import Every

if TYPE_CHECKING:
    from bursar.rules.installments import Installment
    from tasks.installments import Agreed

FIELDS = ("invoice", "seq", "due_on", "amount_minor", "open_minor", "currency", "state")
"""What `--json` prints, in this order: a public interface. `state`: paid, overdue or open."""
OVERDUE_FIELDS = (
    "number",
    "customer",
    "seq",
    "due_on",
    "amount_minor",
    "open_minor",
    "currency",
    "invoice_id",
)
"""What `installments overdue --json` prints, in this order: a public interface."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per part.")]
Invoice = Annotated[
    str, typer.Argument(metavar="INVOICE", help="Our id of it, its number, or the host's reference.")
]
DAY = "%Y-%m-%d"

app = typer.Typer(name="installments", help="Invoices paid in parts.", no_args_is_help=True)


@app.command()
def split(
    invoice: Invoice,
    parts: Annotated[int | None, typer.Option("--parts", min=2, help="So many equal parts.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--first", formats=[DAY], help="The day of the first of them.")
    ] = None,
    every: Annotated[Every, typer.Option("--every", help="How long to the next.")] = Every.MONTH,
    part: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="DAY=AMOUNT", help="One part: 2026-12-05=500.00; repeat it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have an invoice paid in parts, equal ones or such as you name; again to agree on others."""
    from bursar.cli.environment import connect, operator
    from tasks.installments import agree

    if bool(part) == bool(parts):
        raise typer.BadParameter("give --parts and --first for equal parts, or --part for each one")
    if parts and not first:
        raise typer.BadParameter("--first is missing: the day on which the first part is due, as 2026-12-05")
    connect()
    make = _equal(parts, first.date(), every) if parts and first else _named(invoice, part or [])
    _print(agree(invoice, make, operator()), as_json)


@app.command()
def show(invoice: Invoice, as_json: AsJson = False) -> None:
    """Show the parts of an invoice: due when, and what is open of each."""
    from bursar.cli.environment import connect
    from tasks.installments import look

    connect()
    _print(look(invoice), as_json)


@app.command()
def overdue(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=[DAY], help="As of that day; today by default.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the oldest.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List parts that should have been paid before today."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_json, print_table
    from models.queries import installments
    from models.session import transaction

    connect()
    with transaction() as session:
        found = installments.overdue(session, on.date() if on else today(), limit)
    if as_json:
        for row in found:
            print_json({name: getattr(row, name) for name in OVERDUE_FIELDS})
        return
    rows = [[getattr(row, name) for name in OVERDUE_FIELDS] for row in found]
    print_table(columns(*OVERDUE_FIELDS), rows, empty="nothing is overdue")


def today() -> date:
    """By the clock of BURSAR_TIMEZONE."""
    from bursar.cli.environment import settings
    from bursar.clock import utc_now

    return utc_now().astimezone(settings().zone).date()


def _equal(count: int, first: date, every: Every) -> "Callable[[int], Sequence[Installment]]":
    from bursar.rules.installments import PARTS_MAX, due_dates, equal_parts

    days = due_dates(first, every, min(count, PARTS_MAX + 1))
    return lambda total_minor: equal_parts(total_minor, days)


def _named(invoice: str, parts: list[str]) -> "Callable[[int], Sequence[Installment]]":
    from bursar.cli.checkout import typed_amount
    from bursar.rules.installments import checked

    told = []
    for each in parts:
        day, equals, amount = each.partition("=")
        try:
            due_on = date.fromisoformat(day)
        except ValueError:
            equals = ""
        if not equals:
            raise typer.BadParameter(f"--part {each!r} must be a day and an amount: 2026-12-05=500.00")
        told.append((due_on, typed_amount(amount, invoice) or 0))
    return lambda total_minor: checked(told, total_minor)


def _print(agreed: "Agreed", as_json: bool) -> None:
    from bursar.cli.output import columns, print_json, print_table

    name, now = agreed.invoice.number or str(agreed.invoice.id), today()
    rows: list[list[Any]] = [
        [
            name,
            each.installment.seq,
            each.installment.due_on,
            each.installment.amount_minor,
            each.open_minor,
            agreed.invoice.currency,
            "paid" if each.is_paid else "overdue" if each.is_overdue(now) else "open",
        ]
        for each in agreed.parts
    ]
    if as_json:
        for row in rows:
            print_json(dict(zip(FIELDS, row, strict=True)))
        return
    print_table(columns(*FIELDS), rows, empty=f"{name} is due as a whole")
