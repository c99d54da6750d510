"""What mails say that are read from their subject when they go out."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_REFUND = """
SELECT r.amount_minor, r.currency, p.gateway_account, coalesce(p.occurred_at, p.created_at) AS paid_at, i.number
FROM refunds r JOIN payments p ON p.id = r.payment_id LEFT JOIN invoices i ON i.id = p.invoice_id
WHERE r.id = :id
"""
_ENROLLMENT = """
SELECT t.title, p.title AS project, s.steps FROM enrollments e JOIN tracks t ON t.id = e.track_id
LEFT JOIN LATERAL (SELECT id, title FROM projects WHERE track_id = t.id ORDER BY position LIMIT 1) p ON true
LEFT JOIN LATERAL (
  SELECT array_agg(title ORDER BY position) AS steps FROM project_steps WHERE project_id = p.id) s ON true
WHERE e.id = :id
"""
_FAILURE = """
SELECT p.gateway_account, p.amount_minor, p.currency, i.number, a.decline_code, k.url,
  coalesce(a.occurred_at, p.occurred_at, p.created_at) AS failed_at
FROM payments p LEFT JOIN invoices i ON i.id = p.invoice_id
LEFT JOIN LATERAL (
  SELECT decline_code, occurred_at FROM payment_attempts WHERE payment_id = p.id AND status = 'not_succeeded'
  ORDER BY occurred_at DESC NULLS LAST, id DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (
  SELECT url FROM checkouts WHERE invoice_id = p.invoice_id AND status = 'open' AND url IS NOT NULL
    AND (expires_at IS NULL OR expires_at > now() + interval '1 hour')
  ORDER BY expires_at DESC NULLS FIRST LIMIT 1) k ON true
WHERE p.id = :id
"""
_DISPUTE = """
SELECT d.gateway_dispute_id, d.amount_minor, d.currency, d.reason, d.respond_by, p.gateway_account,
  p.gateway_payment_id, i.number, coalesce(c.name, 'somebody unknown') AS name,
  coalesce(c.external_ref, 'unknown') AS external_ref
FROM disputes d JOIN payments p ON p.id = d.payment_id
LEFT JOIN invoices i ON i.id = p.invoice_id LEFT JOIN customers c ON c.id = p.customer_id
WHERE d.id = :id
"""


def refund_facts(session: Session, refund_id: UUID) -> Row[Any]:
    """What a refund mail says."""
    return session.execute(text(_REFUND), {"id": refund_id}).one()


def enrollment_facts(session: Session, enrollment_id: UUID) -> Row[Any]:
    """What an unlock mail says."""
    return session.execute(text(_ENROLLMENT), {"id": enrollment_id}).one()


def failure_facts(session: Session, payment_id: UUID) -> Row[Any]:
    """What the mail about a failed payment says: the latest reason, and a page that can still be paid."""
    return session.execute(text(_FAILURE), {"id": payment_id}).one()


def dispute_facts(session: Session, dispute_id: UUID) -> Row[Any]:
    """What the alert about a dispute says."""
    return session.execute(text(_DISPUTE), {"id": dispute_id}).one()
