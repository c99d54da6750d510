"""`bursar subscriptions`: begun, moved to another plan, paused, resumed, ended; and how each stands."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bursar.gateways.api.requests import ChangeAt, Proration
from bursar.rules.states import SubscriptionStatus

ROWS_MAX = 10_000
FIELDS = (
    "id",
    "customer",
    "plan",
    "begun_with",
    "quantity",
    "currency",
    "status",
    "period_end",
    "trial_end",
    "cancel_at_period_end",
    "gateway",
    "subscription",
    "approval_url",
    "client_secret",
    "publishable_key",
    "changing",
    "last_change",
    "last_error",
    "failure",
    "told_at",
    "created_at",
)
"""What `--json` prints, in this order: a public interface. `status`, `plan` and all times are the gateway's
last word; `requested` and `failed` are ours, for what it has not told of."""
OWN_WORDS = ("requested", "failed")
"""How one stands that no gateway has told of."""
WORDS = (*OWN_WORDS, *SubscriptionStatus)
PREVIEW_FIELDS = ("id", "plan", "due_now_minor", "credit_minor", "next_amount_minor", "currency")
"""What `subscriptions preview --json` prints, in this order: a public interface."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Inline = Annotated[bool, typer.Option("--inline", help="Ask the gateway here and now, without a worker.")]
Ref = Annotated[str, typer.Argument(metavar="ID", help="Of the subscription: ours, or the gateway's.")]
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="As `bursar plans list` names it.")]
Quantity = Annotated[
    int | None, typer.Option("--quantity", min=1, help="How many; as many as now by default.")
]
At = Annotated[ChangeAt, typer.Option("--at", help="Now, or when what was paid for ends.")]
Prorated = Annotated[
    Proration,
    typer.Option(
        "--proration", help="The rest of the period: billed at once, with the next invoice, or not."
    ),
]

app = typer.Typer(name="subscriptions", help="Subscriptions that gateways bill.", no_args_is_help=True)


def _checked_word(status: str | None) -> str | None:
    """How one can stand. Raises a usage error."""
    if status is not None and status not in WORDS:
        raise typer.BadParameter(f"{status!r} is not one of {', '.join(WORDS)}")
    return status


@app.command()
def start(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Our id, or the host's reference.")],
    plan: Plan,
    currency: Annotated[
        str | None, typer.Option("--currency", help="ISO 4217; the plan's only one by default.")
    ] = None,
    gateway: Annotated[
        str | None, typer.Option("--gateway", help="Only this one, instead of the best that has a price.")
    ] = None,
    quantity: Annotated[int, typer.Option("--quantity", min=1, help="How many of the plan.")] = 1,
    trial_days: Annotated[int, typer.Option("--trial-days", min=0, help="Days before the first charge.")] = 0,
    cycles: Annotated[
        int | None, typer.Option("--cycles", min=1, help="How many renewals; Razorpay demands a number.")
    ] = None,
    inline: Inline = False,
    as_json: AsJson = False,
) -> None:
    """Begin a subscription; shows where the payer approves it, or the secret that a page pays it with."""
    from bursar.cli.environment import operator
    from bursar.cli.meant import find_customer
    from tasks import subscriptions

    _connect(inline)
    wish = subscriptions.Start(
        customer_id=find_customer(customer).id,
        plan=plan,
        currency=currency and currency.upper(),
        gateway=gateway,
        quantity=quantity,
        trial_days=trial_days,
        cycles=cycles,
        requested_by=operator(),
    )
    _show_after(subscriptions.start(wish, here=inline), as_json, asked=inline)


@app.command()
def change(
    ref: Ref,
    plan: Plan,
    quantity: Quantity = None,
    at: At = ChangeAt.NOW,
    proration: Prorated = Proration.INVOICE_NOW,
    inline: Inline = False,
    as_json: AsJson = False,
) -> None:
    """Move it to another plan or quantity; `bursar subscriptions preview` says before what that costs."""
    from bursar.cli.environment import operator
    from tasks import subscriptions

    found = _find(ref, inline)
    wish = subscriptions.Change(plan=plan, quantity=quantity, at=at, proration=proration)
    subscriptions.change(found, wish, operator(), here=inline)
    _show_after(found, as_json, asked=inline)


@app.command()
def preview(
    ref: Ref,
    plan: Plan,
    quantity: Quantity = None,
    at: At = ChangeAt.NOW,
    proration: Prorated = Proration.INVOICE_NOW,
    as_json: AsJson = False,
) -> None:
    """What a change of plan would cost now, by the gateway's own sum; changes nothing."""
    from bursar.cli.output import print_fields, print_json
    from bursar.rules.money_text import money_text
    from tasks import subscriptions

    found = _find(ref)
    seen = subscriptions.preview(
        found, subscriptions.Change(plan=plan, quantity=quantity, at=at, proration=proration)
    )
    amounts = (seen.due_now_minor, seen.credit_minor, seen.next_amount_minor)
    if as_json:
        print_json(dict(zip(PREVIEW_FIELDS, (found, plan, *amounts, seen.currency), strict=True)))
        return
    due, credit, following = (None if each is None else money_text(each, seen.currency) for each in amounts)
    print_fields({"due now": due, "credit for the rest of the period": credit, "next invoice": following})


@app.command()
def pause(ref: Ref, inline: Inline = False, as_json: AsJson = False) -> None:
    """Collect nothing until it is resumed."""
    from bursar.cli.environment import operator
    from tasks import subscriptions

    found = _find(ref, inline)
    subscriptions.pause(found, operator(), here=inline)
    _show_after(found, as_json, asked=inline)


@app.command()
def resume(ref: Ref, inline: Inline = False, as_json: AsJson = False) -> None:
    """Collect again."""
    from bursar.cli.environment import operator
    from tasks import subscriptions

    found = _find(ref, inline)
    subscriptions.resume(found, operator(), here=inline)
    _show_after(found, as_json, asked=inline)


@app.command()
def cancel(ref: Ref, at: At = ChangeAt.PERIOD_END, inline: Inline = False, as_json: AsJson = False) -> None:
    """End it, when what was paid for ends or now."""
    from bursar.cli.environment import operator
    from tasks import subscriptions

    found = _find(ref, inline)
    subscriptions.cancel(found, at, operator(), here=inline)
    _show_after(found, as_json, asked=inline)


@app.command()
def show(ref: Ref, as_json: AsJson = False) -> None:
    """How it stands by the gateway's last word, and what is being changed."""
    _show_after(_find(ref), as_json, asked=False)


@app.command("list")
def list_subscriptions(
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", help=f"Only these: {', '.join(WORDS)}.", callback=_checked_word),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List subscriptions; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_json
    from models.queries import subscriptions
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = subscriptions.find(session, customer=customer, status=status, limit=limit)
    if as_json:
        for row in rows:
            print_json(_facts(row))
    else:
        _print_rows(rows)


def _connect(inline: bool) -> None:
    """Bind the database. Raises Misconfigured before anything is recorded that no worker could be told of."""
    from bursar.cli.environment import connect, settings

    connect()
    if not inline:
        settings().required_broker_url()


def _find(ref: str, inline: bool = True) -> Any:
    """Our id of it. Raises SubscriptionUnknown."""
    from models.queries import subscriptions
    from models.session import transaction

    _connect(inline)
    with transaction() as session:
        return subscriptions.get(session, ref).id


def _show_after(subscription_id: Any, as_json: bool, *, asked: bool) -> None:
    """Print it. Raises Refused when it failed, or when the gateway that was `asked` just now refused."""
    from bursar.cli.output import print_fields, print_json
    from bursar.errors import Refused
    from models.queries import subscriptions
    from models.session import transaction

    with transaction() as session:
        row = subscriptions.get(session, subscription_id)
    facts = _facts(row)
    if as_json:
        print_json(facts)
    else:
        waits = row.told is None and row.failure is None
        then = f"bursar subscriptions show {row.id}" if waits or row.changing else None
        print_fields(facts | {"begun_with": None if row.told else row.begun_with, "next": then})
    refused = row.last_error if asked and row.last_outcome in ("refused", "given_up") else None
    if row.failure or refused:
        raise Refused(f"{row.gateway_account} refused {row.last_change}: {row.failure or refused}")


def _print_rows(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_table

    shape = [
        Column("UTC", whole=True),
        Column("id", whole=True, under="customer", below=140),
        Column("customer"),
        Column("plan"),
        Column("status"),
        Column("until"),
        Column("gateway", wide_only=True),
    ]
    shown = [
        (
            row.created_at,
            row.id,
            row.customer,
            row.plan or row.begun_with,
            f"{row.status}, ends" if row.cancel_at_period_end else row.status,
            row.period_end,
            row.gateway_account,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="nobody subscribed to anything")


def _facts(row: Any) -> dict[str, Any]:
    from bursar.rules.routing import gateway_of
    from bursar.settings import load

    gateway = gateway_of(row.gateway_account)
    renamed = {
        "gateway": gateway,
        "subscription": row.external_id,
        "publishable_key": load().publishable_key(gateway),
    }
    return {name: renamed[name] if name in renamed else getattr(row, name) for name in FIELDS}
