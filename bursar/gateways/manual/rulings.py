"""An operator's ruling which invoice a payment is for. Written here, read back as a fact."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from bursar.gateways.protocol import Document, Unreadable
from bursar.gateways.shapes import COMPONENTS_MAX, find_claim, get_identifier
from bursar.rules.facts import AttributionFact, Fact
from bursar.rules.money import AmountRefused, checked_amount

ATTRIBUTED = "payment.attributed"
"""Type in the inbox."""


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


def read_ruling(document: Document) -> tuple[Fact, ...]:
    """The fact of a stored ruling. Raises Unreadable naming the field."""
    invoice = find_claim(document.get("invoice"))
    if invoice is None:
        raise Unreadable("invoice must be our id of one")
    return (
        AttributionFact(
            ruling=get_identifier(document.get("ruling"), "ruling"),
            payment=get_identifier(document.get("payment"), "payment"),
            invoice=invoice,
            components=_components(document.get("components")),
            occurred_at=_time(document.get("ruled_at")),
        ),
    )


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
