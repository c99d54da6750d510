"""`bursar plans`: what is billed again and again, and what each gateway calls it."""

from typing import Annotated, Any

import typer

from bursar.rules.subscriptions import PlanInterval

FIELDS = ("plan", "title", "interval", "currency", "account", "price", "offered")
"""What `plans list --json` prints per price, in this order: a public interface."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per price.")]
Slug = Annotated[
    str, typer.Argument(metavar="PLAN", help="Its name in commands and in your code: gold-monthly.")
]

app = typer.Typer(name="plans", help="Plans and their prices at the gateways.", no_args_is_help=True)


@app.command()
def add(
    slug: Slug,
    title: Annotated[str, typer.Option("--title", help="What people read.")],
    interval: Annotated[
        PlanInterval, typer.Option("--interval", help="How often it is billed.")
    ] = PlanInterval.MONTH,
    as_json: AsJson = False,
) -> None:
    """Add a plan; what gateways call it is said with `bursar plans map`."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_line
    from models.queries import plans
    from models.session import transaction

    connect()
    with transaction() as session:
        plans.add(session, typed_slug(slug), title.strip(), interval)
    if as_json:
        _print_json(slug)
    else:
        print_line(f"added {slug}; next: bursar plans map {slug} --gateway NAME --currency USD --price ID")


@app.command("map")
def map_price(
    slug: Slug,
    gateway: Annotated[str, typer.Option("--gateway", help="Whose price it is: stripe, razorpay, paypal.")],
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217: USD.")],
    price: Annotated[str, typer.Option("--price", help="The gateway's own id: price_…, plan_…, P-….")],
    as_json: AsJson = False,
) -> None:
    """Say what a gateway calls the plan; new subscriptions get the newest id."""
    from bursar.cli.environment import connect, settings
    from bursar.cli.output import print_line
    from bursar.gateways.registry import GATEWAYS
    from bursar.rules.money import checked_currency
    from models.queries import plans
    from models.session import transaction

    if gateway not in GATEWAYS:
        raise typer.BadParameter(f"--gateway {gateway!r}: there are {', '.join(GATEWAYS)}")
    if not price.strip():
        raise typer.BadParameter("--price is empty: copy the id from the gateway's dashboard")
    account = f"{gateway}:{settings().mode}"
    code = checked_currency(currency.strip().upper())
    connect()
    with transaction() as session:
        plans.map_price(session, plans.get(session, slug).id, code, account, price.strip())
    if as_json:
        _print_json(slug)
    else:
        print_line(f"{slug} in {code} is {price.strip()} at {account}")


@app.command("list")
def list_plans(as_json: AsJson = False) -> None:
    """List plans with every price; `offered` is what new subscriptions get."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_table
    from models.queries import plans
    from models.session import transaction

    connect()
    if as_json:
        _print_json()
    else:
        with transaction() as session:
            rows = [_facts(row) for row in plans.find(session)]
        shown = [[*list(row.values())[:-1], "yes" if row["offered"] else ""] for row in rows]
        print_table(columns(*FIELDS), shown, empty="no plans: bursar plans add PLAN --title TEXT")


def typed_slug(text: str) -> str:
    """A name that needs no quotes anywhere. Raises a usage error."""
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", text):
        raise typer.BadParameter(f"{text!r}: a plan's name is 1 to 64 of a-z, 0-9 and -, as gold-monthly")
    return text


def _print_json(slug: str | None = None) -> None:
    """The prices of one plan, or of all."""
    from bursar.cli.output import print_json
    from models.queries import plans
    from models.session import transaction

    with transaction() as session:
        rows = plans.find(session)
    for row in rows:
        if slug in (None, row.slug):
            print_json(_facts(row))


def _facts(row: Any) -> dict[str, Any]:
    offered = bool(row.offered) if row.external_id else False
    values = (row.slug, row.title, row.interval, row.currency, row.gateway_account, row.external_id, offered)
    return dict(zip(FIELDS, values, strict=True))
