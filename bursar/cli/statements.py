"""`bursar payments match`: a bank statement beside what is open; what is certain is entered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bursar.cli.checkout import AsJson

PARTS = ("date", "amount", "reference", "currency")
FIELDS = (
    "line",
    "day",
    "amount_minor",
    "currency",
    "text",
    "result",
    "why",
    "invoice",
    "customer",
    "payment",
)
"""What `payments match --json` prints for each row, in this order: a public interface."""


def match(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The statement, with a header.")],
    columns: Annotated[
        list[str],
        typer.Option("--map", help="date=COLUMN, amount=, reference= (several are joined), currency=."),
    ],
    currency: Annotated[str | None, typer.Option("--currency", help="Where no column says.")] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="As utf-8 or cp1252.")] = "utf-8-sig",
    decimal: Annotated[str, typer.Option("--decimal", help="The mark before decimals: . or ,")] = ".",
    dates: Annotated[str, typer.Option("--dates", help="As %d.%m.%Y.")] = "%Y-%m-%d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be entered.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Audited.")] = "bank statement",
    as_json: AsJson = False,
) -> None:
    """Enter the rows of a bank statement that name an invoice and pay it exactly; say why not of others."""
    from bursar.cli.environment import connect, operator, settings
    from bursar.gateways.manual.statement import Form, read_statement
    from tasks.events import apply_events
    from tasks.statements import match_statement

    if decimal not in {".", ","}:
        raise typer.BadParameter("--decimal must be . or ,")
    form = Form(_columns(columns), currency and currency.upper(), encoding, decimal, dates)
    rows = read_statement(_body(file), form)
    connect()
    settings().required_broker_url()
    outcomes = match_statement(rows, by=operator(), reason=reason, dry_run=dry_run)
    if not dry_run:
        apply_events()
    _show(outcomes, as_json)


def _columns(pairs: Sequence[str]) -> Any:
    """Raises a usage error naming the wrong pair, or what is missing."""
    from bursar.gateways.manual.statement import Columns

    named: dict[str, list[str]] = {part: [] for part in PARTS}
    for pair in pairs:
        part, _, column = pair.partition("=")
        if part not in named or not column:
            raise typer.BadParameter(f"--map {pair!r}: write one of {', '.join(PARTS)}, = and a column")
        named[part].append(column)
    for part in ("date", "amount", "currency"):
        if len(named[part]) > 1 or (part != "currency" and not named[part]):
            raise typer.BadParameter(f"--map {part}=COLUMN must be given once")
    if not named["reference"]:
        raise typer.BadParameter("--map reference=COLUMN must be given: it is where payers name invoices")
    currency = named["currency"][0] if named["currency"] else None
    return Columns(named["date"][0], named["amount"][0], tuple(named["reference"]), currency)


def _body(file: Path) -> bytes:
    from bursar.errors import Refused
    from bursar.gateways.manual.statement import BYTES_MAX

    try:
        with file.open("rb") as stream:
            return stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise Refused(f"cannot read {file}: {error.strerror}") from None


def _show(outcomes: Sequence[Any], as_json: bool) -> None:
    from bursar.cli.output import columns, print_json, print_line, print_table
    from bursar.rules.money import Money

    for each in outcomes if as_json else ():
        row = each.row
        values = (row.line, row.day, row.amount_minor, row.currency, row.text, *each[1:])
        print_json(dict(zip(FIELDS, values, strict=True)))
    if as_json:
        return
    shown = [
        (
            each.row.line,
            each.row.day and str(each.row.day),
            each.row.currency
            and f"{Money(amount_minor=each.row.amount_minor, currency=each.row.currency).decimal_text()}"
            f" {each.row.currency}",
            each.result,
            each.invoice,
            each.why or each.row.text,
        )
        for each in outcomes
    ]
    print_table(columns("line", "day", "amount", "result", "invoice", "why"), shown, empty="no rows")
    counts: dict[str, int] = {}
    for each in outcomes:
        counts[str(each.result)] = counts.get(str(each.result), 0) + 1
    print_line(", ".join(f"{count} {result}" for result, count in sorted(counts.items())))
