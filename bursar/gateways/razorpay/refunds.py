"""Money going back. The payment beside a refund comes along, so that neither waits for the other."""

from bursar.gateways.protocol import Document, Ignored, Reading, Unreadable
from bursar.gateways.razorpay.entities import get_entity, get_id, get_money
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.razorpay.payments import payment_beside, was_never_ours
from bursar.gateways.shapes import find_effect, find_object, find_time
from bursar.rules.facts import RefundFact
from bursar.rules.states import RefundStatus

_WORDS = {
    "created": RefundStatus.PENDING,
    "pending": RefundStatus.PENDING,
    "processed": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}


def changed(document: Document) -> Reading:
    """`refund.created|speed_changed`: a refund in any state; instant ones are born processed."""
    return _refund(document, frozenset(_WORDS.values()))


def processed(document: Document) -> Reading:
    """`refund.processed`. Banks return money: what was processed may meanwhile have failed."""
    return _refund(document, frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}))


def failed(document: Document) -> Reading:
    """`refund.failed`."""
    return _refund(document, frozenset({RefundStatus.FAILED}))


def _refund(document: Document, expected: frozenset[RefundStatus]) -> Reading:
    entity = get_entity(document, "refund")
    payment = payment_beside(document)
    if was_never_ours(document):
        return payment or Ignored(reason="authorization released")
    word = entity.get("status")
    status = _WORDS.get(word) if isinstance(word, str) else None
    if status is None or status not in expected:
        raise Unreadable("payload.refund.entity.status is not what this type of event promises")
    amount_minor, currency = get_money(entity, "refund")
    refund = RefundFact(
        status=status,
        refund=get_id(entity, "refund"),
        payment=get_id(entity, "refund", "payment_id"),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=created_at(document) or find_time(entity.get("created_at")),
        effect=find_effect(find_object(entity.get("notes"))),
    )
    return (*payment, refund)
