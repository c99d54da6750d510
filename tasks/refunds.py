"""Give money back: requested, decided by a person, asked of the gateway once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.gateways.api.requests import Refund
from bursar.rules.money_text import money_text
from bursar.rules.states import PaymentStatus, RefundEffect, RefundStatus
from models.queries import refund_requests
from models.queries.audit import audit
from models.session import transaction
from tasks.asking import enqueue_call
from tasks.routing import admit
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

REASON_LENGTH_MAX = 200
"""Characters; it is shown in lists and audited."""


class NotRefundable(Refused):
    """The payment has less left than is to be given back, or was never captured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """What somebody wants given back."""

    payment_id: UUID
    amount_minor: int | None = None
    """All that is left of the payment by default."""
    reason: str
    effect: RefundEffect = RefundEffect.CANCEL
    requested_by: str


def request_refund(wish: RefundWish) -> UUID:
    """Record a wish for a person to decide. Raises NotRefundable, PaymentUnknown or RateLimited."""
    if not 0 < len(wish.reason.strip()) <= REASON_LENGTH_MAX:
        raise NotRefundable(f"a refund needs a reason of 1 to {REASON_LENGTH_MAX} characters")
    with transaction() as session:
        customer_id = refund_requests.get_payment(session, wish.payment_id).customer_id
    if customer_id is not None:
        admit(customer_id)
    with transaction() as session:
        amount_minor, payment = _checked(session, wish)
        request_id = refund_requests.insert(
            session,
            refund_requests.NewRequest(
                payment_id=payment.id,
                account=payment.gateway_account,
                amount_minor=amount_minor,
                currency=payment.currency,
                effect=wish.effect,
                reason=wish.reason.strip(),
                requested_by=wish.requested_by,
            ),
        )
        _audit(session, request_id, "requested", wish.requested_by, wish.reason)
    return request_id


def approve_refund(request_id: UUID, by: str) -> UUID:
    """Have the gateway asked for it; the id of the call. Raises RequestUnknown or RequestDecided."""
    with transaction() as session:
        request = refund_requests.decide(session, request_id, RefundStatus.APPROVED, by=by, decision=None)
        call_id = enqueue_call(
            session,
            request.gateway_account,
            f"refund:{request_id}",
            Refund(
                refund=str(request_id),
                payment=request.gateway_payment_id,
                amount_minor=request.amount_minor,
                currency=request.currency,
                effect=RefundEffect(request.effect),
            ),
            request.customer_id,
        )
        assert call_id is not None  # a request is approved once
        _audit(session, request_id, "approved", by, request.reason)
    crash_point("refunds.approved")
    wake_by_name("payments.refund", [call_id])
    return call_id


def reject_refund(request_id: UUID, by: str, reason: str) -> None:
    """Close the wish with a reason. Raises RequestUnknown or RequestDecided."""
    with transaction() as session:
        refund_requests.decide(session, request_id, RefundStatus.REJECTED, by=by, decision=reason)
        _audit(session, request_id, "rejected", by, reason)


def _checked(session: Session, wish: RefundWish) -> tuple[int, Row[Any]]:
    """What is to be given back of which payment. Raises NotRefundable saying what could be."""
    payment = refund_requests.lock_payment(session, wish.payment_id)
    if payment.status != PaymentStatus.SUCCEEDED:
        raise NotRefundable(f"payment {payment.gateway_payment_id} is {payment.status}: nothing was captured")
    left_minor = payment.amount_minor - payment.refunded_minor - payment.wished_minor - payment.lost_minor
    amount_minor = left_minor if wish.amount_minor is None else wish.amount_minor
    if left_minor <= 0:
        raise NotRefundable(f"payment {payment.gateway_payment_id} is refunded, or to be refunded, in full")
    if not 0 < amount_minor <= left_minor:
        most = money_text(left_minor, payment.currency)
        raise NotRefundable(f"payment {payment.gateway_payment_id} has {most} left: ask for at most that")
    return amount_minor, payment


def _audit(session: Session, request_id: UUID, verb: str, by: str, reason: str) -> None:
    audit(session, actor=by, verb=verb, subjects={request_id: "refund_request"}, detail={"reason": reason})
