"""`bursar checkout`: open something that can pay an invoice, and say where the payer goes."""

from typing import Annotated, Any

import typer

WAIT_S_MAX = 600
"""Seconds; a page that is not open by then will not be waited for by any payer."""
FIELDS = (
    "checkout_url",
    "session_id",
    "payment_id",
    "amount",
    "amount_minor",
    "currency",
    "expires_at",
    "status",
    "gateway",
    "fallback_from",
    "failure",
    "invoice",
    "client_secret",
    "publishable_key",
)
"""What `checkout --json` prints, in this order: a public interface. `payment_id` is the pending payment."""

Invoice = Annotated[
    str, typer.Argument(metavar="INVOICE", help="Our id of it, its number, or the host's reference.")
]
Amount = Annotated[
    str | None, typer.Option("--amount", help="As 1,250.50; all that is open of the invoice by default.")
]
OnlyGateway = Annotated[
    str | None, typer.Option("--gateway", help="Only this one, instead of the best by currency and country.")
]
Wait = Annotated[
    float,
    typer.Option("--wait", min=0, max=WAIT_S_MAX, help="Seconds to wait for the gateway's answer."),
]
Inline = Annotated[bool, typer.Option("--inline", help="Ask the gateway here and now, without a worker.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def checkout(
    invoice: Invoice,
    amount: Amount = None,
    gateway: OnlyGateway = None,
    intent: Annotated[
        bool, typer.Option("--intent", help="For the host's own page, which gets a client secret.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="What is due by now of its installments; else the next of them.")
    ] = False,
    wait: Wait = 0,
    inline: Inline = False,
    as_json: AsJson = False,
) -> None:
    """Open a page on which an invoice can be paid. Ends with 4 when none opens, with 5 when none answers."""
    from bursar.cli.environment import connect, operator, settings
    from bursar.rules.states import CheckoutKind
    from tasks.checkouts import Wish, open_checkout, request_checkout

    if due and amount:
        raise typer.BadParameter("--due says how much: leave --amount out")
    connect()
    settings().required_broker_url()
    wish = Wish(
        invoice=invoice,
        amount_minor=_due_minor(invoice) if due else typed_amount(amount, invoice),
        kind=CheckoutKind.INTENT if intent else CheckoutKind.PAGE,
        gateway=gateway,
        wait_s=wait,
        requested_by=operator(),
    )
    if inline:
        show_checkout(open_checkout(wish), as_json)
        return
    show_requested(request_checkout(wish), wait, as_json)


def typed_amount(amount: str | None, invoice: str) -> int | None:
    """What was typed, in minor units of the invoice's currency. Raises AmountRefused or InvoiceUnknown."""
    from bursar.rules.money import parse_amount
    from models.queries.payable import invoice_to_pay
    from models.session import transaction

    if amount is None:
        return None
    with transaction() as session:
        return parse_amount(amount, invoice_to_pay(session, invoice).currency)


def _due_minor(invoice: str) -> int:
    from bursar.cli.installments import today
    from tasks.installments import look

    return look(invoice).due_minor(today())


def show_requested(checkout_id: Any, wait_s: float, as_json: bool) -> None:
    """The checkout as it stands, or once it is decided. Raises NotDecided when that takes longer."""
    from models.queries import checkouts
    from models.session import transaction
    from tasks.awaiting import await_checkout

    if wait_s:
        show_checkout(await_checkout(checkout_id, wait_s), as_json)
        return
    with transaction() as session:
        show_checkout(checkouts.get(session, checkout_id), as_json)


def show_checkout(row: Any, as_json: bool) -> None:
    """Print it. Raises Refused with the reason when it failed."""
    from bursar.cli.output import print_fields, print_json
    from bursar.errors import Refused
    from bursar.rules.money_text import money_text
    from bursar.rules.states import CheckoutStatus

    facts = checkout_facts(row)
    if as_json:
        print_json(facts)
    else:
        shown = money_text(row.amount_minor, row.currency)
        then = f"bursar payments status {row.id}" if row.status == CheckoutStatus.CREATING else None
        print_fields(facts | {"amount": shown, "amount_minor": None, "currency": None, "next": then})
    if row.status == CheckoutStatus.FAILED:
        raise Refused(f"the {row.kind} at {row.gateway_account} failed: {row.failure}")


def checkout_facts(row: Any) -> dict[str, Any]:
    """By the names in FIELDS."""
    from bursar.rules.money import Money
    from bursar.rules.routing import gateway_of
    from bursar.settings import load

    gateway = gateway_of(row.gateway_account)
    values = (
        row.url,
        row.external_id,
        row.id,
        Money(amount_minor=row.amount_minor, currency=row.currency).decimal_text(),
        row.amount_minor,
        row.currency,
        row.expires_at,
        row.status,
        gateway,
        row.fallback_from,
        row.failure,
        row.number,
        row.client_secret,
        load().publishable_key(gateway),
    )
    return dict(zip(FIELDS, values, strict=True))
