"""`bursar payments charge|confirm`: collect from a saved way to pay; prove what a browser brought back."""

from typing import Annotated, Any

import typer

from bursar.cli.checkout import Amount, AsJson, Inline, Invoice, OnlyGateway, Wait


def charge(
    invoice: Invoice,
    amount: Amount = None,
    gateway: OnlyGateway = None,
    method: Annotated[
        str | None,
        typer.Option("--method", help="The gateway's id of the way to pay; the customer's own by default."),
    ] = None,
    wait: Wait = 0,
    inline: Inline = False,
    as_json: AsJson = False,
) -> None:
    """Charge a saved way to pay while the payer is away. Ends with 4 when it is declined."""
    from bursar.cli.checkout import show_checkout, show_requested, typed_amount
    from bursar.cli.environment import connect, operator, settings
    from tasks.charges import ChargeWish, charge_here, request_charge

    connect()
    settings().required_broker_url()
    wish = ChargeWish(
        invoice=invoice,
        amount_minor=typed_amount(amount, invoice),
        gateway=gateway,
        payment_method=method,
        requested_by=operator(),
    )
    if inline:
        show_checkout(charge_here(wish), as_json)
        return
    show_requested(request_charge(wish), wait, as_json)


Begun = Annotated[
    str | None, typer.Option("--checkout", help="Our id of an intent to collect now, with --method.")
]
WayToPay = Annotated[str | None, typer.Option("--method", help="The gateway's id of a way to pay.")]
Order = Annotated[str | None, typer.Option("--order", help="Razorpay: razorpay_order_id.")]
Link = Annotated[str | None, typer.Option("--link", help="Razorpay: the id of the payment link.")]
Subscription = Annotated[
    str | None, typer.Option("--subscription", help="Razorpay: razorpay_subscription_id.")
]
Session = Annotated[str | None, typer.Option("--session", help="Stripe: session_id of the page.")]
Payment = Annotated[str, typer.Option("--payment", help="Razorpay: razorpay_payment_id.")]
Reference = Annotated[str, typer.Option("--reference", help="Of a link: its reference id.")]
LinkStatus = Annotated[str, typer.Option("--status", help="Of a link: its status.")]
Signature = Annotated[str, typer.Option("--signature", help="Razorpay: razorpay_signature.")]


def confirm(
    checkout: Begun = None,
    method: WayToPay = None,
    order: Order = None,
    link: Link = None,
    subscription: Subscription = None,
    session: Session = None,
    payment: Payment = "",
    reference: Reference = "",
    link_status: LinkStatus = "",
    signature: Signature = "",
    inline: Inline = False,
    as_json: AsJson = False,
) -> None:
    """Collect an intent, or prove what a browser brought back and have the gateway asked. Name one."""
    from bursar.cli.enqueue import parse_id
    from bursar.cli.environment import connect, operator, settings
    from tasks import proofs

    given = {"order": order, "link": link, "subscription": subscription, "session": session}
    kind, named = _only_one(given | {"checkout": checkout}, method)
    connect()
    settings().required_broker_url()  # what follows is woken by it: better named before money moves
    if kind == "checkout":
        call_id = proofs.request_confirmation(parse_id(named), method or "")
    else:
        said = {"payment": payment, "reference": reference, "status": link_status, "signature": signature}
        call_id = proofs.verify_payment(_proof(kind, named, said), operator()).call_id
    _show(payment or named, call_id, inline, as_json)


def _proof(kind: str, named: str, said: dict[str, str]) -> Any:
    """What was brought back, by what it is about."""
    from tasks.proofs import LinkPaid, OrderPaid, SessionReturned, SubscriptionPaid

    payment, signature = said["payment"], said["signature"]
    match kind:
        case "order":
            return OrderPaid(order=named, payment=payment, signature=signature)
        case "subscription":
            return SubscriptionPaid(payment=payment, subscription=named, signature=signature)
        case "link":
            return LinkPaid(link=named, **said)
        case _:
            return SessionReturned(session=named)


def _only_one(given: dict[str, str | None], method: str | None) -> tuple[str, str]:
    """Raises a usage error unless exactly one is named, and a method with a checkout only."""
    named = [(kind, each) for kind, each in given.items() if each is not None]
    if len(named) != 1 or (given["checkout"] is None) != (method is None):
        raise typer.BadParameter(
            "name one of --checkout with --method, --order, --link, --subscription and --session"
        )
    return named[0]


def _show(ref: str, call_id: Any, inline: bool, as_json: bool) -> None:
    """How it stands: with `inline` after the gateway was asked and its answer applied."""
    from bursar.cli.meant import accounts
    from bursar.cli.output import print_fields, print_json
    from bursar.cli.payments import show_standing
    from models.queries.payments import get_standing
    from models.session import transaction
    from tasks.calls import make_calls
    from tasks.events import apply_events

    if not inline:
        facts = {"asked": True, "call_id": call_id, "next": f"bursar payments status {ref}"}
        print_json(facts) if as_json else print_fields(facts)
        return
    make_calls([call_id] if call_id else [])
    apply_events()
    with transaction() as session:
        standing = get_standing(session, ref, accounts())
    show_standing(standing, as_json)
