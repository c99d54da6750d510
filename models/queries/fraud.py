"""What looks like fraud: tries that fail again and again, and customers who are held until a person has looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import first_id_at
from bursar.rules.breaks import BreakKind

_FAILED = """
SELECT a.gateway_account, p.customer_id FROM payment_attempts a JOIN payments p ON p.id = a.payment_id
LEFT JOIN customers c ON c.id = p.customer_id
WHERE a.id >= :first AND a.status <> 'succeeded' AND p.customer_id IS NOT NULL
  AND coalesce(a.occurred_at, p.created_at) > greatest(c.released_at, (
    SELECT max(b.resolved_at) FROM breaks b WHERE b.kind = 'fraud_warning'
      AND b.subject = 'customer:' || c.id), '-infinity')
"""
"""Tries of the window that failed; what somebody has judged already does not count again."""
_BY_CUSTOMER = f"""
SELECT 'customer:' || customer_id AS subject, count(*) AS failed, ARRAY[customer_id] AS customers
FROM ({_FAILED}) AS failed GROUP BY customer_id HAVING count(*) >= :failures ORDER BY 1
"""
_BY_CARD = f"""
WITH cards AS (
  SELECT DISTINCT m.gateway_account, m.data ->> 'fingerprint' AS fingerprint, r.customer_id
  FROM gateway_objects m JOIN customer_gateway_refs r ON r.gateway_account = m.gateway_account
    AND r.external_id = m.data ->> 'gateway_customer'
  WHERE m.kind = 'payment_method' AND m.data ->> 'fingerprint' IS NOT NULL)
SELECT 'card:' || k.gateway_account || '/' || k.fingerprint AS subject, count(*) AS failed,
  array_agg(DISTINCT f.customer_id) AS customers
FROM cards k JOIN ({_FAILED}) f ON f.customer_id = k.customer_id AND f.gateway_account = k.gateway_account
GROUP BY k.gateway_account, k.fingerprint
HAVING count(*) >= :failures AND count(DISTINCT f.customer_id) > 1 ORDER BY 1
"""
"""A card that several customers saved: what fails for one alone is told of the customer."""
_HOLD_SUSPECTS = """
UPDATE customers c SET held_at = now(), held_because = b.detail
FROM (SELECT coalesce(p.customer_id, o.id) AS customer_id, min(b.detail) AS detail, max(b.opened_at) AS opened_at
      FROM breaks b LEFT JOIN payments p ON b.subject = 'payment:' || p.id
      LEFT JOIN customers o ON b.subject = 'customer:' || o.id
      WHERE b.kind = 'fraud_warning' AND b.resolved_at IS NULL GROUP BY 1) b
WHERE c.id = b.customer_id AND c.held_at IS NULL AND b.opened_at > coalesce(c.released_at, '-infinity')
RETURNING c.id
"""


class CustomerHeld(Refused):
    """The customer is held: nothing is charged and no page opened until somebody releases it."""


def suspicious(session: Session, since: datetime, failures: int) -> Sequence[Row[Any]]:
    """(subject, failed, customers) of whoever and whatever failed so often since then."""
    parameters = {"first": first_id_at(since), "failures": failures}
    found = [session.execute(text(query), parameters).all() for query in (_BY_CUSTOMER, _BY_CARD)]
    return [row for rows in found for row in rows]


def hold_suspects(session: Session) -> list[UUID]:
    """Hold whom an open warning is about, unless somebody released them since; those who are held now."""
    return list(session.scalars(text(_HOLD_SUSPECTS)))


def hold(session: Session, customer_id: UUID, reason: str) -> bool:
    """Hold a customer. False when that was so before."""
    statement = """UPDATE customers SET held_at = now(), held_because = :reason
      WHERE id = :id AND held_at IS NULL RETURNING id"""
    return session.scalar(text(statement), {"id": customer_id, "reason": reason}) is not None


def release(session: Session, customer_id: UUID, resolution: str) -> bool:
    """Release a customer and resolve the warnings about its tries. False when it was not held."""
    statement = """UPDATE customers SET held_at = NULL, held_because = NULL, released_at = now()
      WHERE id = :id AND held_at IS NOT NULL RETURNING id"""
    if session.scalar(text(statement), {"id": customer_id}) is None:
        return False
    session.execute(
        text(
            """UPDATE breaks SET resolved_at = now(), resolution = :resolution
               WHERE kind = :kind AND subject = :subject AND resolved_at IS NULL"""
        ),
        {
            "kind": BreakKind.FRAUD_WARNING.value,
            "subject": f"customer:{customer_id}",
            "resolution": resolution,
        },
    )
    return True


def refuse_held(session: Session, customer_id: UUID) -> None:
    """Raises CustomerHeld with the reason."""
    found = session.execute(
        text("SELECT external_ref, held_because FROM customers WHERE id = :id AND held_at IS NOT NULL"),
        {"id": customer_id},
    ).one_or_none()
    if found is not None:
        raise CustomerHeld(
            f"customer {found.external_ref} is held ({found.held_because}); "
            "look at the breaks, then bursar customers release"
        )
