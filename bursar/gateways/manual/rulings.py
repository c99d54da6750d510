"""What operators rule: which invoice a payment is for, what is given up. Written here, read back as facts."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from bursar.gateways.protocol import Document, Unreadable
from bursar.gateways.shapes import COMPONENTS_MAX, find_claim, get_identifier
from bursar.rules.facts import AttributionFact, Fact, WriteOffFact
from bursar.rules.money import AmountRefused, checked_amount

ATTRIBUTED, GIVEN_UP = "payment.attributed", "invoice.given_up"
"""Types in the inbox."""
LINES_MAX = 10_000
"""Of one invoice; more is no invoice of ours."""


class Ruling(NamedTuple):
    """What somebody ruled."""

    ruling: str
    """Its own id."""
    payment: str
    """The id of the payment at its gateway."""
    invoice: str
    """Our id."""
    components: tuple[tuple[str, int], ...]
    """Fee component and minor units; the rest follows the payment's policy."""
    ruled_at: datetime

    @property
    def dedupe_key(self) -> str:
        """It is in the inbox once, beside what gateways send."""
        return f"ruling:{self.ruling}"

    def document(self) -> bytes:
        """As the inbox keeps it."""
        return orjson.dumps(self._asdict(), option=orjson.OPT_SORT_KEYS)


class WriteOff(NamedTuple):
    """What somebody ruled that nobody waits for any longer."""

    ruling: str
    """Its own id."""
    invoice: str
    """Our id."""
    lines: tuple[tuple[int, int], ...]
    """Position of a line, and the minor units of it that were not paid."""
    ruled_at: datetime

    @property
    def dedupe_key(self) -> str:
        """It is in the inbox once, beside what gateways send."""
        return f"ruling:{self.ruling}"

    def document(self) -> bytes:
        """As the inbox keeps it."""
        return orjson.dumps(self._asdict(), option=orjson.OPT_SORT_KEYS)


def read_write_off(document: Document) -> tuple[Fact, ...]:
    """The fact of a stored write-off. Raises Unreadable naming the field."""
    lines = document.get("lines")
    if not isinstance(lines, list) or not 0 < len(lines) <= LINES_MAX:
        raise Unreadable(f"lines must be a list of 1 to {LINES_MAX} positions with amounts")
    return (
        WriteOffFact(
            ruling=get_identifier(document.get("ruling"), "ruling"),
            invoice=_invoice(document),
            lines=tuple(_line(each) for each in lines),
            occurred_at=_time(document.get("ruled_at")),
        ),
    )


def read_ruling(document: Document) -> tuple[Fact, ...]:
    """The fact of a stored ruling. Raises Unreadable naming the field."""
    return (
        AttributionFact(
            ruling=get_identifier(document.get("ruling"), "ruling"),
            payment=get_identifier(document.get("payment"), "payment"),
            invoice=_invoice(document),
            components=_components(document.get("components")),
            occurred_at=_time(document.get("ruled_at")),
        ),
    )


def _invoice(document: Document) -> str:
    invoice = find_claim(document.get("invoice"))
    if invoice is None:
        raise Unreadable("invoice must be our id of one")
    return invoice


def _line(value: object) -> tuple[int, int]:
    match value:
        case [int(position), amount_minor] if position > 0:
            with suppress(AmountRefused):
                return position, checked_amount(amount_minor, "lines")
    raise Unreadable("lines must be pairs of a position and minor units")


def _components(value: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, list) or len(value) > COMPONENTS_MAX:
        raise Unreadable(f"components must be a list of at most {COMPONENTS_MAX} names with amounts")
    return tuple(_component(each) for each in value)


def _component(value: object) -> tuple[str, int]:
    match value:
        case [name, amount_minor] if (named := find_claim(name)) is not None:
            with suppress(AmountRefused):
                return named, checked_amount(amount_minor, "components")
    raise Unreadable("components must be pairs of a name and minor units")


def _time(value: object) -> datetime:
    try:
        ruled_at = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unreadable("ruled_at must be a time in UTC") from None
    return ruled_at if ruled_at.tzinfo else ruled_at.replace(tzinfo=UTC)
