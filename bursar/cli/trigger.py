"""`bursar trigger`: post a signed sample, as a gateway would, to the running receiver."""

from typing import Annotated, Any

import typer

COUNT_MAX = 10_000


def trigger(
    event: Annotated[
        str,
        typer.Argument(metavar="EVENT", help="Such as stripe:charge.succeeded; a wrong name lists all."),
    ],
    amount: Annotated[int | None, typer.Option(min=1, help="Minor units: 49900 is $499.00.")] = None,
    currency: Annotated[str | None, typer.Option(help="Three letters, such as INR.")] = None,
    invoice: Annotated[
        str | None, typer.Option(help="Metadata: the invoice's number, id or reference.")
    ] = None,
    student: Annotated[str | None, typer.Option(help="Metadata: the customer's reference.")] = None,
    track: Annotated[str | None, typer.Option(help="Metadata: the track's slug.")] = None,
    payment: Annotated[
        str | None,
        typer.Option(help="The gateway's payment id; a fresh one otherwise. With --count: duplicates."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=COUNT_MAX, help="Post so many.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Post signed sample events to the receiver that runs here."""
    from bursar.cli.environment import settings
    from bursar.cli.posting import Samples
    from bursar.sandbox.samples import SAMPLES

    if event not in SAMPLES:
        raise typer.BadParameter(
            f"no sample is called {event!r}; there are:\n  " + "\n  ".join(sorted(SAMPLES))
        )
    story = _story(amount, currency, {"invoice": invoice, "student": student, "track": track})
    with Samples(settings(), event, story) as samples:
        for n in range(count):
            name = payment or samples.fresh_payment(n)
            _say(event, name, samples.post(name), as_json)


def _story(amount: int | None, currency: str | None, metadata: dict[str, str | None]) -> dict[str, Any]:
    story: dict[str, Any] = {"metadata": {name: value for name, value in metadata.items() if value}}
    if amount is not None:
        story["amount_minor"] = amount
    if currency is not None:
        from bursar.rules.money import checked_currency

        story["currency"] = checked_currency(currency)
    return story


def _say(event: str, payment: str, status: int, as_json: bool) -> None:
    from bursar.cli.output import print_json, print_line

    if as_json:
        print_json({"event": event, "payment": payment, "status": status})
    else:
        print_line(f"{status} {event} {payment}")
