"""A saved card or mandate, which Razorpay calls a token. Names and addresses in it stay there."""

import re

from bursar.gateways.protocol import Document, Ignored, Reading
from bursar.gateways.razorpay.entities import Entity, get_entity
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.shapes import find_identifier, find_object, find_reference, find_word
from bursar.rules.facts import PaymentMethodFact
from bursar.rules.states import PaymentMethodStatus

_WORDS = {
    "confirmed": PaymentMethodStatus.ATTACHED,
    "resumed": PaymentMethodStatus.ATTACHED,
    "paused": PaymentMethodStatus.PAUSED,
    "cancelled": PaymentMethodStatus.DETACHED,
    "rejected": PaymentMethodStatus.DETACHED,
}
_LAST4 = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"0?[1-9]|1[0-2]")
_YEAR = re.compile(r"20[0-9]{2}")


def changed(document: Document, told: PaymentMethodStatus) -> Reading:
    """`token.confirmed|paused|resumed|cancelled|rejected`: whether it can be charged again."""
    entity = get_entity(document, "token")
    token = find_identifier(entity.get("id"))
    if token is None:
        return Ignored(reason="no token")
    card = find_object(entity.get("card"))
    method = PaymentMethodFact(
        method=token,
        status=_status(entity, told),
        occurred_at=created_at(document),
        gateway_customer=find_identifier(entity.get("customer_id")) or find_reference(entity.get("customer")),
        type=find_word(entity.get("method")),
        brand=find_word(card.get("network")),
        last4=_matched(_LAST4, card.get("last4")),
        expires=_expires(card),
    )
    return (method,)


def _status(entity: Entity, told: PaymentMethodStatus) -> PaymentMethodStatus:
    """The mandate's word; the token's own `status` is the card's, and stays `active` when it is cancelled."""
    word = find_object(entity.get("recurring_details")).get("status")
    return _WORDS.get(word, told) if isinstance(word, str) else told


def _expires(card: Entity) -> tuple[int, int] | None:
    """(year, month); Razorpay writes both as numbers or as text."""
    year = _matched(_YEAR, str(card.get("expiry_year")))
    month = _matched(_MONTH, str(card.get("expiry_month")))
    return (int(year), int(month)) if year and month else None


def _matched(pattern: re.Pattern[str], text: object) -> str | None:
    return text if isinstance(text, str) and pattern.fullmatch(text) else None
