"""`bursar refunds`: money that shall go back: requested, approved or rejected by a person, listed."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bursar.cli.enqueue import parse_id
from bursar.rules.states import RefundEffect, RefundStatus

ROWS_MAX = 10_000
FIELDS = (
    "id",
    "payment_id",
    "gateway_account",
    "gateway_payment_id",
    "gateway_refund_id",
    "customer",
    "amount_minor",
    "currency",
    "effect",
    "status",
    "reason",
    "requested_by",
    "decided_by",
    "decided_at",
    "decision",
    "created_at",
)
"""What `refunds list --json` prints, in this order: a public interface."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ref = Annotated[str, typer.Argument(metavar="ID", help="Of the request, as `bursar refunds list` names it.")]

app = typer.Typer(name="refunds", help="Request, approve, reject and list refunds.", no_args_is_help=True)


@app.command()
def request(
    payment: Annotated[str, typer.Argument(metavar="PAYMENT", help="Any id of it: ours or a gateway's.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; shown to whoever decides, and audited.")],
    amount: Annotated[
        str | None, typer.Option("--amount", help="As 1,250.50; all that is left of the payment by default.")
    ] = None,
    effect: Annotated[
        RefundEffect,
        typer.Option("--effect", help="`cancel` takes the charge back, `reopen` owes it."),
    ] = RefundEffect.CANCEL,
    approve_now: Annotated[
        bool, typer.Option("--approve", help="Approve it at once, where you may do both.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for money to be given back; a second person approves it."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.meant import find_payment
    from bursar.rules.money import parse_amount
    from models.queries import refund_requests
    from models.session import transaction
    from tasks.refunds import RefundWish, approve_refund, request_refund

    connect()
    found = find_payment(payment)
    wish = RefundWish(
        payment_id=found.id,
        amount_minor=None if amount is None else parse_amount(amount, found.currency),
        reason=reason,
        effect=effect,
        requested_by=operator(),
    )
    request_id = request_refund(wish)
    if approve_now:
        approve_refund(request_id, operator())
    with transaction() as session:
        _show(refund_requests.get(session, request_id), as_json)


@app.command()
def approve(ref: Ref, as_json: AsJson = False) -> None:
    """Have the gateway give the money back."""
    from bursar.cli.environment import connect, operator
    from models.queries import refund_requests
    from models.session import transaction
    from tasks.refunds import approve_refund

    request_id = parse_id(ref)
    connect()
    approve_refund(request_id, operator())
    with transaction() as session:
        _show(refund_requests.get(session, request_id), as_json)


@app.command()
def reject(
    ref: Ref,
    reason: Annotated[str, typer.Option("--reason", help="Why not; kept on the request and audited.")],
    as_json: AsJson = False,
) -> None:
    """Close a request without giving money back."""
    from bursar.cli.environment import connect, operator
    from models.queries import refund_requests
    from models.session import transaction
    from tasks.refunds import reject_refund

    request_id = parse_id(ref)
    connect()
    reject_refund(request_id, operator(), reason)
    with transaction() as session:
        _show(refund_requests.get(session, request_id), as_json)


@app.command("list")
def list_requests(
    status: Annotated[RefundStatus | None, typer.Option("--status", help="Only these.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List requests and how their refunds stand; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries import refund_requests
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = refund_requests.find(
            session, status=status.value if status else None, customer=customer, limit=limit
        )
    if as_json:
        for row in rows:
            print_json(_facts(row))
    else:
        _print_requests(rows)


def _show(row: Any, as_json: bool) -> None:
    from bursar.cli.output import print_fields, print_json
    from bursar.rules.money_text import money_text

    if as_json:
        print_json(_facts(row))
        return
    next_step = f"bursar refunds approve {row.id}" if row.status == RefundStatus.REQUESTED else None
    facts = _facts(row) | {"amount_minor": None, "currency": None}
    print_fields(facts | {"amount": money_text(row.amount_minor, row.currency), "next": next_step})


def _print_requests(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table
    from bursar.rules.money_text import money_text

    shape = [
        Column("UTC", whole=True),
        Column("id", whole=True, under="payment", below=140),
        Column("payment"),
        Column("customer"),
        Column("amount", right=True, whole=True),
        Column("status"),
        Column("reason", under="status"),
    ]
    shown = [
        (
            row.created_at,
            row.id,
            row.gateway_payment_id,
            row.customer,
            money_text(row.amount_minor, row.currency),
            row.status,
            f"{row.reason} ({row.decision})" if row.decision else row.reason,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="nobody asked for a refund")


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}
