"""Where a Razorpay event keeps its things: `payload.<kind>.entity`. Everything asked for by name."""

from collections.abc import Mapping
from typing import Any, TypeVar

from bursar.gateways.protocol import Document, Ignored, Unreadable
from bursar.gateways.shapes import find_object, get_identifier
from bursar.rules.money import (
    AMOUNT_MINOR_MAX,
    AmountRefused,
    CurrencyRefused,
    checked_amount,
    checked_currency,
)

Entity = dict[str, Any]
"""One object as Razorpay wrote it."""
NO_MONEY = Ignored(reason="no money")
HOME_CURRENCY = "INR"
"""What Razorpay settles in where an event does not say."""

_Status = TypeVar("_Status")


def find_entity(document: Document, kind: str) -> Entity:
    """The entity of that kind, or an empty one: `contains` does not always tell what is there."""
    return find_object(find_object(find_object(document.get("payload")).get(kind)).get("entity"))


def get_entity(document: Document, kind: str) -> Entity:
    """The entity of that kind. Raises Unreadable when there is none."""
    found = find_entity(document, kind)
    if not found:
        raise Unreadable(f"payload.{kind}.entity must be an object")
    return found


def get_id(entity: Entity, kind: str, field: str = "id") -> str:
    """An id out of an entity. Raises Unreadable naming the field."""
    return get_identifier(entity.get(field), f"payload.{kind}.entity.{field}")


def get_money(entity: Entity, kind: str) -> tuple[int, str]:
    """Amount and currency of an entity; Razorpay writes ISO 4217 minor units. Raises Unreadable."""
    path = f"payload.{kind}.entity"
    try:
        return checked_amount(entity.get("amount"), f"{path}.amount"), checked_currency(
            entity.get("currency")
        )
    except AmountRefused as refused:
        raise Unreadable(str(refused)) from None
    except CurrencyRefused:
        raise Unreadable(f"{path}.currency must be three letters") from None


def get_status(entity: Entity, kind: str, words: Mapping[str, _Status], told: _Status) -> _Status:
    """The status by the entity's word, which may be ahead of the type's; the type speaks only without one.

    Raises Unreadable for a word nobody knows: a register must not guess.
    """
    word = entity.get("status")
    if word is None:
        return told
    if not isinstance(word, str) or word not in words:
        raise Unreadable(f"payload.{kind}.entity.status is not a status of its kind")
    return words[word]


def find_currency(value: object) -> str | None:
    """A currency code in capitals, or None."""
    try:
        return checked_currency(value)
    except CurrencyRefused:
        return None


def find_minor(value: object) -> int | None:
    """A positive number of minor units, or None."""
    return value if type(value) is int and 0 < value <= AMOUNT_MINOR_MAX else None


def find_sum(value: object) -> int | None:
    """A number of minor units that may be nothing yet, or None."""
    return 0 if type(value) is int and value == 0 else find_minor(value)
