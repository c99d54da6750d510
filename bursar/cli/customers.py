"""`bursar customers`: the records gateways keep of a customer, and the ways to pay saved there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bursar.cli import holds, persons

if TYPE_CHECKING:
    from tasks.customers import SavedAt

RECORD_FIELDS = ("customer", "account", "record", "state", "reason")
"""What `customers sync --json` prints per account, in this order: a public interface."""
METHOD_FIELDS = ("customer", "account", "record", "problem", "methods")
"""What `customers methods --json` prints per account, in this order: a public interface."""
_STATES = {
    "pending": "asked",
    "running": "asked",
    "dead": "put aside",
    "refused": "refused",
    "given_up": "did not answer",
}
"""How a call without a record stands -> what a person reads; an outcome says more than a state."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per gateway.")]
Ref = Annotated[
    str,
    typer.Argument(metavar="REF", help="Our id, the host's reference, or the gateway's id of the customer."),
]
OnlyGateway = Annotated[
    str | None, typer.Option("--gateway", help="Only this one, instead of all configured.")
]
Inline = Annotated[bool, typer.Option("--inline", help="Ask the gateways here and now, without a worker.")]

app = typer.Typer(name="customers", help="Customers: records, ways to pay, privacy.", no_args_is_help=True)
app.command()(persons.export)
app.command()(persons.erase)
app.command()(holds.hold)
app.command()(holds.release)


@app.command()
def sync(ref: Ref, gateway: OnlyGateway = None, inline: Inline = False, as_json: AsJson = False) -> None:
    """Make the gateways' records of a customer where there are none, each once."""
    from bursar.cli.environment import connect, settings
    from bursar.cli.meant import configured, find_customer
    from tasks.calls import make_calls
    from tasks.customers import request_records

    connect()
    if not inline:
        settings().required_broker_url()
    customer, accounts = find_customer(ref), configured(gateway)
    asked = request_records(customer.id, accounts)
    if inline and asked:
        make_calls(asked)
    _show_records(customer.label, customer.id, accounts, as_json)


@app.command()
def methods(ref: Ref, as_json: AsJson = False) -> None:
    """List the saved ways to pay of all gateways; one that is away is named, the others are told."""
    from bursar.cli.environment import connect
    from bursar.cli.meant import find_customer
    from bursar.cli.output import print_json
    from tasks.customers import list_methods

    connect()
    customer = find_customer(ref)
    saved = list_methods(customer.id)
    if as_json:
        for each in saved:
            print_json(_method_facts(customer.label, each))
    else:
        _print_methods(saved)


def _show_records(customer: str, customer_id: UUID, accounts: Sequence[str], as_json: bool) -> None:
    from bursar.cli.output import columns, print_json, print_table
    from models.queries import customers
    from models.session import transaction

    with transaction() as session:
        rows = customers.records(session, customer_id, accounts)
    told = [(customer, row.gateway_account, row.external_id, _state(row), _reason(row)) for row in rows]
    if as_json:
        for each in told:
            print_json(dict(zip(RECORD_FIELDS, each, strict=True)))
    else:
        print_table(columns(*RECORD_FIELDS), told, empty="no gateway is configured: see bursar gateways list")


def _state(row: Any) -> str:
    if row.external_id:
        return "there"
    return _STATES.get(row.outcome, _STATES.get(row.state, "not asked"))


def _reason(row: Any) -> str | None:
    return None if row.external_id else row.error


def _method_facts(customer: str, saved: "SavedAt") -> dict[str, Any]:
    from dataclasses import asdict

    listed = [asdict(each) for each in saved.methods]
    values = (customer, saved.account, saved.record, saved.problem, listed)
    return dict(zip(METHOD_FIELDS, values, strict=True))


def _print_methods(saved: Sequence["SavedAt"]) -> None:
    from bursar.cli.output import columns, print_line, print_table

    rows = [
        (at.account, each.payment_method, each.kind, each.label, each.expires)
        for at in saved
        for each in at.methods
    ]
    print_table(
        columns("account", "payment method", "kind", "label", "expires"), rows, empty="nothing is saved"
    )
    for at in saved:
        if at.problem:
            print_line(f"{at.account} could not be asked: {at.problem}")
        elif at.record is None:
            print_line(f"{at.account} has no record of this customer: bursar customers sync REF makes one")
