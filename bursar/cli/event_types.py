"""`bursar events types`: what each type of event becomes, learned by reading a sample of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bursar.gateways.protocol import Reading

NO_SAMPLE = "needs its own body"
_STORIES: dict[str, list[dict[str, Any]]] = {
    "stripe": [{}, {"currency": "EUR", "settled_currency": "USD", "fee_minor": 35_00}],
    "razorpay": [{}, {"currency": "USD"}, {"deducted_minor": 100_00}],
    "paypal": [{}, {"currency": "EUR", "settled_currency": "USD", "fee_minor": 35_00}],
}
"""One payment told in several ways: a type says more where there was a fee or an exchange."""


def types(
    gateway: Annotated[
        str | None, typer.Option("--gateway", help="Only stripe, razorpay, paypal or manual.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per type.")] = False,
) -> None:
    """List the event types that are read and the kinds of fact they become; all others are ignored."""
    from bursar.cli.output import columns, print_json, print_line, print_table
    from bursar.gateways.readers import reader_names

    names = reader_names()
    if gateway not in {None, *names}:
        raise typer.BadParameter(f"no gateway is called {gateway!r}; there are: {', '.join(names)}")
    found = [(name, kind) for name in names if gateway in {None, name} for kind in _handled(name)]
    if as_json:
        for name, event_type in found:
            facts = kinds_of(name, event_type)
            print_json({"gateway": name, "type": event_type, "facts": facts})
        return
    rows = [(name, each, ", ".join(kinds_of(name, each) or [NO_SAMPLE])) for name, each in found]
    print_table(columns("gateway", "event type", "becomes"), rows)
    print_line("Read from samples: what an event does not say becomes no fact. Other types are ignored.")


def kinds_of(gateway: str, event_type: str) -> list[str]:
    """The kinds of fact that samples of a type become; none without a sample."""
    from bursar.gateways import strictjson
    from bursar.gateways.readers import reader_of
    from bursar.rules.facts import FactKind
    from bursar.sandbox.manual_samples import ENTERED
    from bursar.sandbox.samples import FETCHED, SAMPLES

    sample = (SAMPLES | FETCHED | ENTERED).get(f"{gateway}:{event_type}")
    if sample is None:
        return []
    bodies = (sample(**story) for story in _STORIES.get(gateway, [{}]))
    read = reader_of(f"{gateway}:test").read
    readings = (read(event_type, strictjson.loads(body)) for body in bodies)
    told = {word for reading in readings for word in _words(reading)}
    kinds = [kind.value for kind in FactKind if kind.value in told]
    return [*kinds, *sorted(told.difference(kinds))]


def _handled(gateway: str) -> list[str]:
    from bursar.gateways.registry import handled_types

    return sorted(handled_types(gateway))


def _words(reading: "Reading") -> Iterator[str]:
    from bursar.gateways.protocol import Ignored, NeedsFetch

    if isinstance(reading, Ignored):
        yield f"ignored: {reading.reason}"
    elif isinstance(reading, NeedsFetch):
        yield "waits until its object is fetched"
    else:
        yield from (fact.kind.value for fact in reading)
