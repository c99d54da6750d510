"""`bursar payments allocate` and `write-off`: an operator says what a payment is for, or what never comes."""

from typing import Annotated

import typer

from bursar.cli.checkout import AsJson

WRITTEN_OFF = ("id", "invoice", "written_off_minor", "tolerated_minor", "open_minor", "currency")
"""What `payments write-off --json` prints, in this order: a public interface."""


def allocate(
    payment: Annotated[str, typer.Argument(metavar="PAYMENT", help="Any id of it: ours or a gateway's.")],
    invoice: Annotated[
        str, typer.Option("--invoice", help="What it is for: our id, its number or the host's reference.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; audited with your name.")],
    lines: Annotated[
        str | None, typer.Option("--lines", help="As tuition=500.00,library=250; the rest by its policy.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which invoice a payment is for. It outranks whatever its gateway said, or will say."""
    from bursar.cli.environment import connect, operator, settings
    from bursar.cli.meant import accounts, find_payment
    from bursar.cli.payments import show_standing
    from models.queries.payments import get_standing
    from models.session import transaction
    from tasks.events import apply_events
    from tasks.rulings import RulingWish, rule

    connect()
    settings().required_broker_url()
    found = find_payment(payment)
    wish = RulingWish(
        payment_id=found.id,
        invoice=invoice,
        lines=parse_lines(lines or "", found.currency),
        reason=reason,
        by=operator(),
    )
    apply_events([rule(wish)])
    with transaction() as session:
        standing = get_standing(session, str(found.id), accounts())
    show_standing(standing, as_json)


def write_off(
    invoice: Annotated[
        str, typer.Argument(metavar="INVOICE", help="Our id, its number or the host's reference.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; audited with your name.")],
    as_json: AsJson = False,
) -> None:
    """Give up what is not paid of an invoice, as a loss; should money come after all, it takes that back."""
    from bursar.cli.environment import connect, operator, settings
    from bursar.cli.output import print_fields, print_json
    from bursar.rules.money_text import money_text
    from models.queries.payable import losses_of
    from models.session import transaction
    from tasks.events import apply_events
    from tasks.rulings import write_off as rule_write_off

    connect()
    settings().required_broker_url()
    apply_events([rule_write_off(invoice, reason, operator())])
    with transaction() as session:
        lost = losses_of(session, invoice)
    facts = dict(zip(WRITTEN_OFF, lost, strict=True))
    if as_json:
        print_json(facts)
        return
    amounts = {name: money_text(facts[f"{name}_minor"], lost.currency) for name in ("written_off", "open")}
    print_fields({"invoice": lost.number, **amounts})


def parse_lines(text: str, currency: str) -> dict[str, int]:
    """`tuition=500.00,library=250` in minor units. Raises a usage error or AmountRefused naming the part."""
    from bursar.rules.money import parse_amount

    lines: dict[str, int] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, separator, amount = part.rpartition("=")
        if not separator or not name.strip() or name.strip() in lines:
            raise typer.BadParameter(f"--lines {part!r}: write each component once, as tuition=500.00")
        lines[name.strip()] = parse_amount(amount, currency)
    return lines
