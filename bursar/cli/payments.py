"""`bursar payments`: look for payments, ask how one stands."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from bursar.cli import collecting, offline, ruling, statements
from bursar.cli.since import HELP as SINCE
from bursar.rules.states import PaymentStatus

ROWS_MAX = 10_000
LISTED = (
    "id",
    "gateway",
    "gateway_payment_id",
    "status",
    "amount_minor",
    "currency",
    "customer",
    "invoice",
    "method",
    "refunded_minor",
    "lost_minor",
    "credit_minor",
    "unidentified_minor",
    "disputed",
    "receipt",
    "occurred_at",
    "created_at",
)
"""What `payments list --json` prints, in this order: a public interface."""
STANDING = (
    "paid",
    "status",
    "amount",
    "amount_minor",
    "currency",
    "invoice",
    "payment_id",
    "refunded",
    "refunded_minor",
    "receipt",
    "receipt_url",
    "gateway",
    "customer",
    "checkout_id",
    "checkout_status",
    "failure",
    "expires_at",
)
"""What `payments status --json` prints. `payment_id` is the pending payment until a gateway told of one.

`receipt_url` is a link of its own each time, for BURSAR_LINK_TTL_H; null without BURSAR_LINK_SECRET."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(name="payments", help="Find, collect, prove and place payments.", no_args_is_help=True)
app.command()(collecting.charge)
app.command()(collecting.confirm)
app.command()(offline.record)
app.command()(statements.match)
app.command()(ruling.allocate)
app.command("write-off")(ruling.write_off)


@app.command("list")
def list_payments(
    status: Annotated[PaymentStatus | None, typer.Option("--status", help="Only these.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    gateway: Annotated[str | None, typer.Option("--gateway", help="Only through this gateway.")] = None,
    since: Annotated[str | None, typer.Option("--since", help=f"First told from then on. {SINCE}")] = None,
    until: Annotated[str | None, typer.Option("--until", help="First told before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List payments; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from bursar.cli.since import parse_since
    from bursar.clock import utc_now
    from models.queries.payments import PaymentSearch, find_payments
    from models.session import transaction

    search = PaymentSearch(
        status=status.value if status else None,
        customer=customer,
        gateway=gateway,
        since=parse_since(since, utc_now()),
        until=parse_since(until, utc_now()),
        limit=limit,
    )
    connect()
    with transaction() as session:
        rows = find_payments(session, search)
    if as_json:
        for row in rows:
            print_json({name: getattr(row, name) for name in LISTED})
    else:
        _print_payments(rows)


@app.command()
def status(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="Any id: ours, a session, order, link, intent or payment.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say whether something was paid, and how it stands."""
    from bursar.cli.environment import connect
    from bursar.cli.meant import accounts
    from models.queries.payments import get_standing
    from models.session import transaction

    connect()
    with transaction() as session:
        standing = get_standing(session, ref, accounts())
    show_standing(standing, as_json)


def show_standing(standing: Any, as_json: bool) -> None:
    """Print how a payment stands."""
    from bursar.cli.output import print_fields, print_json

    facts = standing_facts(standing)
    if as_json:
        print_json(facts)
        return
    shown = f"{facts['amount']} {facts['currency']}"
    back = facts["refunded"] if facts["refunded_minor"] else None
    quiet = dict.fromkeys(("amount_minor", "currency", "refunded_minor"))
    print_fields(facts | quiet | {"paid": _yes(facts["paid"]), "amount": shown, "refunded": back})


def standing_facts(standing: Any) -> dict[str, Any]:
    """By the names in STANDING: what a gateway told of a payment outweighs what we asked for."""
    from bursar.rules.money import Money
    from bursar.rules.routing import gateway_of

    checkout, payment = standing
    told = payment or checkout
    refunded_minor = payment.refunded_minor if payment else 0
    values = (
        payment is not None and payment.status == PaymentStatus.SUCCEEDED,
        told.status,
        Money(amount_minor=told.amount_minor, currency=told.currency).decimal_text(),
        told.amount_minor,
        told.currency,
        (payment and payment.invoice) or (checkout and checkout.number),
        told.id,
        Money(amount_minor=refunded_minor, currency=told.currency).decimal_text(),
        refunded_minor,
        payment and payment.receipt,
        payment and _receipt_url(payment.id),
        gateway_of(told.gateway_account),
        (payment and payment.customer) or (checkout and checkout.external_ref),
        checkout and checkout.id,
        checkout and checkout.status,
        checkout and checkout.failure,
        checkout and checkout.expires_at,
    )
    return dict(zip(STANDING, values, strict=True))


def _receipt_url(payment_id: UUID) -> str | None:
    """Where the payer can fetch the receipt, where there are links (BURSAR_LINK_SECRET)."""
    from bursar.clock import utc_now
    from bursar.documents.links import document_link
    from bursar.settings import load
    from models.queries.payments import find_receipt_document
    from models.session import transaction

    if load().link_secret is None:
        return None
    with transaction() as session:
        document_id = find_receipt_document(session, payment_id)
    return None if document_id is None else document_link(load(), document_id, utc_now())


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _print_payments(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table
    from bursar.rules.money_text import money_text

    shape = [
        Column("UTC", whole=True),
        Column("payment"),
        Column("id", whole=True, under="payment", below=140),
        Column("customer"),
        Column("invoice", whole=True),
        Column("amount", right=True, whole=True),
        Column("refunded", right=True, wide_only=True, below=120),
        Column("status"),
    ]
    shown = [
        (
            row.created_at,
            row.gateway_payment_id,
            row.id,
            row.customer,
            row.invoice,
            money_text(row.amount_minor, row.currency),
            money_text(row.refunded_minor, row.currency) if row.refunded_minor else None,
            row.status,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="no such payment")
