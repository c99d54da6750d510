"""Mails of dunning that are still to go out, and declines that nobody was told of. Decides nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_ANYTHING_DUE = """
SELECT EXISTS (SELECT FROM dunning_steps WHERE state = 'pending' AND not_before <= now())
  OR EXISTS (SELECT FROM emails WHERE state IN ('pending', 'running') AND precondition = 'dunning_true'
    AND not_before < 'infinity')
  OR EXISTS (SELECT FROM gateway_calls g JOIN checkouts x ON g.subject = 'checkout:' || x.id
    WHERE g.state = 'pending' AND g.operation = 'charge' AND x.requested_by = 'dunning')
"""
_UNTOLD = """
SELECT s.id AS step_id, s.policy_step, k.id AS case_id, x.amount_minor, x.gateway_account,
  coalesce(x.decline_code, g.failure ->> 'decline_code') AS decline_code,
  coalesce(x.advice_code, g.failure ->> 'advice_code') AS advice_code, g.failure ->> 'network_code' AS network_code,
  m.data ->> 'brand' AS brand, m.data ->> 'type' AS type, m.data ->> 'last4' AS last4
FROM dunning_cases k JOIN dunning_steps s ON s.case_id = k.id JOIN checkouts x ON x.id = s.checkout_id
LEFT JOIN gateway_calls g ON g.operation = 'charge' AND g.subject = 'checkout:' || x.id
LEFT JOIN gateway_objects m ON m.gateway_account = x.gateway_account AND m.kind = 'payment_method'
  AND m.external_id = g.params ->> 'payment_method'
WHERE k.status = 'open' AND x.status = 'failed' AND s.email_id IS NULL AND g.outcome IS DISTINCT FROM 'given_up' ORDER BY s.id LIMIT :limit
"""


def anything_due(session: Session) -> bool:
    """Whether a step is to be taken, or a mail or charge that must be true is to go out."""
    return bool(session.scalar(text(_ANYTHING_DUE)))


def untold_declines(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Charges of open cases that were declined, and whose customer was not told so."""
    return session.execute(text(_UNTOLD), {"limit": limit}).all()


def note_mail(session: Session, step_id: UUID, email_id: UUID) -> None:
    """Keep which mail told of a step."""
    session.execute(
        text("UPDATE dunning_steps SET email_id = :email_id WHERE id = :id"),
        {"id": step_id, "email_id": email_id},
    )
