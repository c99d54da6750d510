"""`bursar limits`: what plans allow, and how much of it customers have used."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bursar.rules.limits import LimitPer

if TYPE_CHECKING:
    from bursar.rules.limits import Standing

FIELDS = ("customer", "plan", "limit", "per", "maximum", "used", "left", "window_ends")
"""What `--json` prints, in this order: a public interface. `maximum` and `left` are null without a limit."""
UNLIMITED = "unlimited"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per limit.")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Your own reference of the customer.")]
Name = Annotated[str, typer.Argument(metavar="LIMIT", help="seats, projects, messages: your word.")]
Amount = Annotated[int, typer.Option("--amount", min=1, help="How many.")]
Key = Annotated[str, typer.Option("--key", help="Your id of this use: the same again counts once.")]

app = typer.Typer(name="limits", help="What plans allow, counted and refused beyond.", no_args_is_help=True)


@app.command("set")
def set_limit(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="As `bursar plans list` names it.")],
    name: Name,
    maximum: Annotated[str, typer.Argument(metavar="MAX", help="A number, or `unlimited`: counted only.")],
    per: Annotated[
        LimitPer, typer.Option("--per", help="Counted anew with each billing period, or never.")
    ] = LimitPer.EVER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a plan allows; again to change it."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json, print_line
    from bursar.cli.plans import typed_slug
    from models.queries import limits, plans
    from models.session import transaction

    most = _typed_maximum(maximum)
    connect()
    with transaction() as session:
        limits.set_limit(session, plans.get(session, plan).id, typed_slug(name), most, per)
    if as_json:
        print_json({"plan": plan, "limit": name, "per": per.value, "maximum": most})
        return
    print_line(f"{plan} allows {maximum} {name}" + (" per billing period" if per is LimitPer.PERIOD else ""))


@app.command()
def show(customer: Customer, as_json: AsJson = False) -> None:
    """Show what a customer's running subscriptions allow, and what is left."""
    from tasks.limits import standings

    customer_id = _customer_id(customer)
    _print(customer, standings(customer_id), as_json)


@app.command()
def consume(customer: Customer, name: Name, key: Key, amount: Amount = 1, as_json: AsJson = False) -> None:
    """Take so many, or refuse."""
    from tasks import limits

    _counted(limits.consume, customer, name, amount, key, as_json)


@app.command("return")
def give_back(customer: Customer, name: Name, key: Key, amount: Amount = 1, as_json: AsJson = False) -> None:
    """Give so many back: a seat, a project."""
    from tasks import limits

    _counted(limits.give_back, customer, name, amount, key, as_json)


def _counted(
    count: Callable[..., Any], customer: str, name: str, amount: int, key: str, as_json: bool
) -> None:
    _print(customer, [count(_customer_id(customer), name, amount, key=key)], as_json)


def _typed_maximum(typed: str) -> int | None:
    if typed == UNLIMITED:
        return None
    if not typed.isdecimal():
        raise typer.BadParameter(f"{typed!r} is neither a number nor `{UNLIMITED}`")
    return int(typed)


def _customer_id(ref: str) -> UUID:
    from bursar.cli.environment import connect
    from bursar.cli.meant import find_customer

    connect()
    found: UUID = find_customer(ref).id
    return found


def _print(customer: str, standings: list[Any], as_json: bool) -> None:
    from bursar.cli.output import columns, print_json, print_table

    rows = [_facts(customer, each) for each in standings]
    if as_json:
        for row in rows:
            print_json(dict(zip(FIELDS, row, strict=True)))
        return
    endless = {FIELDS.index("maximum"), FIELDS.index("left")}
    shown = [
        [UNLIMITED if n in endless and cell is None else cell for n, cell in enumerate(row)] for row in rows
    ]
    print_table(columns(*FIELDS), shown, empty="no limits: bursar limits set PLAN LIMIT MAX")


def _facts(customer: str, standing: "Standing") -> tuple[str | int | datetime | None, ...]:
    limit = standing.limit
    ends = limit.period_end if limit.per is LimitPer.PERIOD else None
    return (
        customer,
        limit.plan,
        limit.name,
        limit.per.value,
        limit.maximum,
        standing.used,
        standing.left,
        ends,
    )
