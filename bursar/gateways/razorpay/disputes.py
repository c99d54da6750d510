"""A contested payment, and the money that went with it.

Razorpay names no movements, only `amount_deducted`: how much of the dispute it took from our balance so far.
It is taken when the dispute is lost, or at the start where the account is agreed so.
"""

from bursar.gateways.protocol import Document, Reading, Unreadable
from bursar.gateways.razorpay.entities import Entity, find_sum, get_entity, get_id, get_money, get_status
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.razorpay.payments import payment_beside
from bursar.gateways.shapes import find_time, find_word
from bursar.rules.facts import DisputeFact, DisputeFundsFact
from bursar.rules.states import OPEN_DISPUTES, DisputeStatus, FundsDirection

_WORDS = {
    "created": DisputeStatus.NEEDS_RESPONSE,
    "open": DisputeStatus.NEEDS_RESPONSE,
    "action_required": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "closed": DisputeStatus.CLOSED,
}
_INQUIRY_PHASE = "retrieval"
_GIVEN_BACK = frozenset({DisputeStatus.WON, DisputeStatus.CLOSED})


def changed(document: Document, told: DisputeStatus) -> Reading:
    """`payment.dispute.*`: the contested payment, where the dispute stands, and what money moved."""
    entity = get_entity(document, "dispute")
    dispute = _dispute(document, entity, told)
    return (*payment_beside(document), dispute, *_funds(dispute, _deducted(entity, dispute)))


def _dispute(document: Document, entity: Entity, told: DisputeStatus) -> DisputeFact:
    status = get_status(entity, "dispute", _WORDS, told)
    if entity.get("phase") == _INQUIRY_PHASE and status in OPEN_DISPUTES:
        status = DisputeStatus.INQUIRY
    amount_minor, currency = get_money(entity, "dispute")
    return DisputeFact(
        status=status,
        dispute=get_id(entity, "dispute"),
        payment=get_id(entity, "dispute", "payment_id"),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=created_at(document),
        reason=find_word(entity.get("reason_code")),
        respond_by=find_time(entity.get("respond_by")),
    )


def _deducted(entity: Entity, dispute: DisputeFact) -> int:
    """A lost dispute is deducted by definition, even if the snapshot is older than the deduction."""
    value = entity.get("amount_deducted")
    deducted_minor = 0 if value is None else find_sum(value)
    if deducted_minor is None:
        raise Unreadable("payload.dispute.entity.amount_deducted must be an integer of minor units")
    if not deducted_minor and dispute.status is DisputeStatus.LOST:
        return dispute.amount_minor
    return deducted_minor


def _funds(dispute: DisputeFact, deducted_minor: int) -> list[DisputeFundsFact]:
    if not deducted_minor:
        return []
    directions = [FundsDirection.WITHDRAWN]
    if dispute.status in _GIVEN_BACK:
        directions.append(FundsDirection.REINSTATED)
    return [
        DisputeFundsFact(
            movement=f"{dispute.dispute}:{direction}",
            direction=direction,
            dispute=dispute.dispute,
            payment=dispute.payment,
            amount_minor=deducted_minor,
            currency=dispute.currency,
            occurred_at=dispute.occurred_at,
        )
        for direction in directions
    ]
