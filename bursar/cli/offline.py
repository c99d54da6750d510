"""`bursar payments record`: cash, cheques and bank transfers, and what the bank took back."""

from datetime import date
from typing import Annotated, Any

import typer

from bursar.cli.checkout import AsJson

METHODS = "cash, bank_transfer or cheque"


Reference = Annotated[str, typer.Option("--reference", help="What the slip, cheque or statement line says.")]
ReceivedOn = Annotated[
    str, typer.Option("--received-on", metavar="DAY", help="As 2026-11-21: handed over, or booked.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why it is entered by hand; audited.")]
Payer = Annotated[
    str | None, typer.Option("--customer", metavar="REF", help="Who paid: the host's reference.")
]
Currency = Annotated[str | None, typer.Option("--currency", help="As INR.")]
PaidFor = Annotated[
    str | None, typer.Option("--invoice", help="What it is for; else the oldest that is open.")
]
Returned = Annotated[
    str | None,
    typer.Option("--returned", metavar="PAYMENT", help="The bank took this payment back, or a part."),
]


def record(
    reference: Reference,
    received_on: ReceivedOn,
    reason: Reason,
    customer: Payer = None,
    amount: Annotated[str | None, typer.Option("--amount", help="As 1,250.50.")] = None,
    currency: Currency = None,
    method: Annotated[str, typer.Option("--method", help=f"{METHODS}.")] = "bank_transfer",
    invoice: PaidFor = None,
    returned: Returned = None,
    as_json: AsJson = False,
) -> None:
    """Enter money that no gateway tells of. The same reference, amount and day is the same slip."""
    from bursar.cli.environment import connect, operator, settings
    from bursar.cli.meant import find_payment
    from bursar.rules.money import parse_amount
    from tasks.offline import record_return, record_slip

    day = _day(received_on)
    connect()
    settings().required_broker_url()
    if returned is not None:
        if customer or currency or invoice:
            raise typer.BadParameter("--returned names the payment: leave out customer, currency and invoice")
        payment = find_payment(returned)
        entered = record_return(
            payment.id,
            reference=reference,
            day=day,
            amount_minor=None if amount is None else parse_amount(amount, payment.currency),
            by=operator(),
            reason=reason,
        )
    else:
        slip = _slip(customer, amount, currency, method, reference, day, invoice)
        entered = record_slip(slip, by=operator(), reason=reason)
    _show(entered, as_json)


def _slip(
    customer: str | None,
    amount: str | None,
    currency: str | None,
    method: str,
    reference: str,
    day: date,
    invoice: str | None,
) -> Any:
    """Raises a usage error naming what is missing."""
    from bursar.gateways.manual.slips import Method, Slip
    from bursar.rules.money import checked_currency, parse_amount
    from models.queries.payable import invoice_to_pay
    from models.session import transaction

    missing = [
        name
        for name, each in (("--customer", customer), ("--amount", amount), ("--currency", currency))
        if each is None
    ]
    if customer is None or amount is None or currency is None:
        raise typer.BadParameter(f"{' and '.join(missing)} must be given, or --returned PAYMENT")
    if method not in list(Method):
        raise typer.BadParameter(f"--method {method!r}: {METHODS}")
    code = checked_currency(currency)
    invoice_id = None
    if invoice is not None:
        with transaction() as session:
            invoice_id = str(invoice_to_pay(session, invoice).id)
    return Slip(
        reference=reference,
        amount_minor=parse_amount(amount, code),
        currency=code,
        day=day,
        method=Method(method),
        customer=customer,
        invoice=invoice_id,
    )


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise typer.BadParameter(f"--received-on {typed!r}: write the day as 2026-11-21") from None


def _show(entered: Any, as_json: bool) -> None:
    """What became of it, once it is applied here: the person at the desk waits for the answer."""
    from bursar.cli.meant import accounts
    from bursar.cli.output import print_fields, print_json
    from bursar.cli.payments import standing_facts
    from models.queries.payments import get_standing
    from models.session import transaction
    from tasks.events import apply_events

    apply_events([entered.event_id])
    with transaction() as session:
        standing = standing_facts(get_standing(session, entered.payment, accounts()))
    names = ("payment_id", "status", "amount", "currency", "invoice", "customer", "refunded")
    facts = {
        "event_id": entered.event_id,
        "duplicate": entered.duplicate,
        "payment": entered.payment,
        **{name: standing[name] for name in names},
    }
    if as_json:
        print_json(facts)
        return
    print_fields(facts | {"duplicate": "entered before: nothing was changed" if entered.duplicate else None})
