"""Wishes to give money back: recorded, decided, sent. What gateways made of them stands in `refunds`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.states import RefundEffect, RefundStatus

_PAYMENT = """
SELECT p.id, p.gateway_account, p.gateway_payment_id, p.status, p.amount_minor, p.currency, p.customer_id,
  coalesce((SELECT sum(r.amount_minor) FROM refunds r WHERE r.payment_id = p.id
    AND r.status NOT IN ('failed', 'canceled')), 0)::bigint AS refunded_minor,
  coalesce((SELECT sum(q.amount_minor) FROM refund_requests q WHERE q.payment_id = p.id
    AND q.status IN ('requested', 'approved', 'pending') AND NOT EXISTS (SELECT FROM refunds r
      WHERE r.gateway_account = q.gateway_account AND r.gateway_refund_id = q.gateway_refund_id)), 0)::bigint
    AS wished_minor,
  p.lost_minor
FROM payments p
"""
_REQUEST = """
SELECT q.id, q.payment_id, q.gateway_account, q.gateway_refund_id, q.amount_minor, q.currency, q.effect, q.reason,
  coalesce(CASE WHEN q.status = 'pending' THEN r.status END, q.status) AS status, q.requested_by, q.decided_by,
  q.decided_at, q.decision, q.created_at, p.gateway_payment_id, p.customer_id, c.external_ref AS customer
FROM refund_requests q JOIN payments p ON p.id = q.payment_id LEFT JOIN customers c ON c.id = p.customer_id
LEFT JOIN refunds r ON r.gateway_account = q.gateway_account AND r.gateway_refund_id = q.gateway_refund_id
"""


class PaymentUnknown(Refused):
    """No payment has this id."""


class RequestUnknown(Refused):
    """No refund request has this id."""


class RequestDecided(Refused):
    """The request was decided before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A wish that was checked."""

    payment_id: UUID
    account: str
    amount_minor: int
    currency: str
    effect: RefundEffect
    reason: str
    requested_by: str


def lock_payment(session: Session, payment_id: UUID) -> Row[Any]:
    """A payment and what of it is spoken for, locked against another wish. Raises PaymentUnknown."""
    session.execute(text("SELECT FROM payments WHERE id = :id FOR NO KEY UPDATE"), {"id": payment_id})
    return get_payment(session, payment_id)


def get_payment(session: Session, payment_id: UUID) -> Row[Any]:
    """A payment and what of it is spoken for. Raises PaymentUnknown."""
    found = session.execute(text(f"{_PAYMENT} WHERE p.id = :id"), {"id": payment_id}).one_or_none()
    if found is None:
        raise PaymentUnknown(f"no payment has the id {payment_id}")
    return found


def insert(session: Session, new: NewRequest) -> UUID:
    """Record the wish."""
    request_id = new_id()
    statement = """INSERT INTO refund_requests (id, payment_id, gateway_account, amount_minor, currency, effect, reason,
        requested_by) VALUES (:id, :payment_id, :account, :amount_minor, :currency, :effect, :reason, :requested_by)"""
    session.execute(
        text(statement),
        {
            "id": request_id,
            "payment_id": new.payment_id,
            "account": new.account,
            "amount_minor": new.amount_minor,
            "currency": new.currency,
            "effect": new.effect.value,
            "reason": new.reason,
            "requested_by": new.requested_by,
        },
    )
    return request_id


def decide(
    session: Session, request_id: UUID, status: RefundStatus, *, by: str, decision: str | None
) -> Row[Any]:
    """Approve or reject a wish, once. Raises RequestUnknown or RequestDecided."""
    statement = """UPDATE refund_requests SET status = :status, decided_by = :by, decided_at = now(), decision = :decision
      WHERE id = :id AND status = 'requested' RETURNING id"""
    parameters = {"id": request_id, "status": status.value, "by": by, "decision": decision}
    changed = session.scalar(text(statement), parameters)
    request = get(session, request_id)
    if changed is None:
        raise RequestDecided(f"refund request {request_id} is {request.status} already")
    return request


def get(session: Session, request_id: UUID) -> Row[Any]:
    """One wish, with how its refund stands at the gateway. Raises RequestUnknown."""
    found = session.execute(text(f"{_REQUEST} WHERE q.id = :id"), {"id": request_id}).one_or_none()
    if found is None:
        raise RequestUnknown(f"no refund request has the id {request_id}; `bursar refunds list` shows them")
    return found


def find(session: Session, *, status: str | None, customer: str | None, limit: int) -> Sequence[Row[Any]]:
    """Wishes, the newest first; of one status or customer, or all."""
    statement = f"""SELECT * FROM ({_REQUEST} WHERE CAST(:customer AS text) IS NULL OR c.external_ref = :customer) q
      WHERE CAST(:status AS text) IS NULL OR status = :status ORDER BY created_at DESC, id LIMIT :limit"""
    return session.execute(text(statement), {"status": status, "customer": customer, "limit": limit}).all()
