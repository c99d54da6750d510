"""`bursar documents statement`: what a customer was charged and paid, on paper."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per statement.")]


def statement(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Our id, or the host's reference.")],
    first: Annotated[str | None, typer.Option("--from", help="The first day, as 2026-04-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day. Default: last month.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Only in this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a statement of account for each currency and have it drawn; the same words are one document."""
    from bursar.cli.environment import connect
    from bursar.cli.meant import find_customer
    from bursar.cli.output import print_json, print_line
    from bursar.settings import load
    from tasks.accounts import parse_span, request_statements

    connect()
    days = parse_span(first, last, load().zone)
    made = request_statements(find_customer(customer).id, days, currency and currency.upper())
    for each in made:
        if as_json:
            print_json({"id": each, "first_day": days[0], "last_day": days[1]})
        else:
            print_line(f"a statement from {days[0]} to {days[1]} is reserved: bursar documents show {each}")
    if not made and not as_json:
        print_line("nothing was ever charged or paid by this customer")
