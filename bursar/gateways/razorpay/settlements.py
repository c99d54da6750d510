"""Money on its way to our bank. "Processed" means handed over: the credit may take three more hours."""

from bursar.gateways.protocol import Document, Reading, Unreadable
from bursar.gateways.razorpay.entities import (
    HOME_CURRENCY,
    NO_MONEY,
    find_currency,
    find_minor,
    get_entity,
    get_id,
    get_status,
)
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.shapes import find_word
from bursar.rules.facts import SettlementFact
from bursar.rules.states import SettlementStatus

_WORDS = {
    "created": SettlementStatus.PENDING,
    "initiated": SettlementStatus.PENDING,
    "processed": SettlementStatus.PAID,
    "failed": SettlementStatus.FAILED,
    "reversed": SettlementStatus.FAILED,
}


def processed(document: Document) -> Reading:
    """`settlement.processed`. Its `fees` were told with the payments already: they do not count again."""
    entity = get_entity(document, "settlement")
    amount = entity.get("amount")
    if type(amount) is not int or (amount and find_minor(abs(amount)) is None):
        raise Unreadable("payload.settlement.entity.amount must be an integer of minor units")
    if not amount:
        return NO_MONEY
    settlement = SettlementFact(
        status=get_status(entity, "settlement", _WORDS, SettlementStatus.PAID),
        settlement=get_id(entity, "settlement"),
        amount_minor=amount,
        currency=find_currency(entity.get("currency")) or HOME_CURRENCY,
        occurred_at=created_at(document),
        reference=find_word(entity.get("utr")),
    )
    return (settlement,)
