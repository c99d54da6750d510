"""`bursar coupons`: discount codes, what they take off, how often they were used."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

FIELDS = (
    "code",
    "percent",
    "amount_minor",
    "currency",
    "component",
    "starts_on",
    "ends_on",
    "max_uses",
    "max_per_customer",
    "used",
    "disabled",
)
"""What `coupons list --json` prints, in this order: a public interface."""
DAY = "%Y-%m-%d"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per code.")]
Code = Annotated[
    str, typer.Argument(metavar="CODE", help="What payers type: EARLYBIRD. Letters are made large.")
]

app = typer.Typer(name="coupons", help="Discount codes.", no_args_is_help=True)


@app.command()
def add(
    code: Code,
    percent: Annotated[str | None, typer.Option("--percent", help="A share: 10 or 12.5.")] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", help="An amount: 500.00; needs --currency.")
    ] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="ISO 4217: INR.")] = None,
    component: Annotated[str | None, typer.Option("--component", help="Off this fee component only.")] = None,
    starts: Annotated[
        datetime | None, typer.Option("--from", formats=[DAY], help="The first day it holds.")
    ] = None,
    ends: Annotated[
        datetime | None, typer.Option("--until", formats=[DAY], help="The last day it holds.")
    ] = None,
    uses: Annotated[int | None, typer.Option("--uses", min=1, help="At most so often.")] = None,
    per_customer: Annotated[
        int | None, typer.Option("--per-customer", min=1, help="At most so often for one customer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code; invoices that name it as their `coupon` are drafted with the discount."""
    from bursar.cli.environment import connect
    from bursar.rules.coupons import Coupon
    from bursar.rules.money import checked_currency, parse_amount
    from models.queries import coupons
    from models.session import transaction

    money = checked_currency(currency.strip().upper()) if currency else None
    if amount and not money:
        raise typer.BadParameter("--amount needs --currency")
    coupon = Coupon(
        code=typed_code(code),
        percent_bp=_typed_percent(percent),
        amount_minor=parse_amount(amount, money) if amount and money else None,
        currency=money,
        component=component,
        starts_on=_day(starts),
        ends_on=_day(ends),
        max_uses=uses,
        max_per_customer=per_customer,
    )
    coupon.check()
    connect()
    with transaction() as session:
        coupons.add(session, coupon)
    _print(as_json, only=coupon.code)


@app.command()
def disable(code: Code, as_json: AsJson = False) -> None:
    """Have a code hold for nobody any more; what it took off stays off."""
    from bursar.cli.environment import connect
    from models.queries import coupons
    from models.session import transaction

    connect()
    with transaction() as session:
        coupons.disable(session, typed_code(code))
    _print(as_json, only=typed_code(code))


@app.command("list")
def list_coupons(as_json: AsJson = False) -> None:
    """List codes, the newest first."""
    from bursar.cli.environment import connect

    connect()
    _print(as_json)


def typed_code(text: str) -> str:
    """As it is kept: large letters. Raises a usage error."""
    import re

    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9_-]{1,39}", code):
        raise typer.BadParameter(f"{text!r}: a code is 2 to 40 of A-Z, 0-9, - and _, as EARLYBIRD")
    return code


def _typed_percent(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        basis_points = Decimal(text.strip().removesuffix("%")) * 100
    except InvalidOperation:
        raise typer.BadParameter(f"--percent {text!r} is no number: 10 or 12.5") from None
    if basis_points != int(basis_points):
        raise typer.BadParameter(f"--percent {text!r} has more than two decimals")
    return int(basis_points)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _print(as_json: bool, only: str | None = None) -> None:
    from bursar.cli.output import columns, print_json, print_table
    from models.queries import coupons
    from models.session import transaction

    with transaction() as session:
        found = [_facts(row) for row in coupons.find(session) if only in (None, row.code)]
    if as_json:
        for each in found:
            print_json(each)
        return
    rows = [[*list(each.values())[:-1], "yes" if each["disabled"] else ""] for each in found]
    print_table(columns(*FIELDS), rows, empty="no codes: bursar coupons add CODE --percent 10")


def _facts(row: Any) -> dict[str, Any]:
    percent = None if row.percent_bp is None else row.percent_bp / 100
    rest = [getattr(row, name) for name in FIELDS[2:]]
    return dict(zip(FIELDS, (row.code, percent, *rest), strict=True))
