"""What a mail needs to know, and how far it went."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.rules.consequences import SendState
from models.work import ERROR_LENGTH_MAX, Claim

_MAIL = """
SELECT e.id, e.kind, e.subject_id, e.send_state, e.copies, e.created_at, c.name, c.email, c.locale,
  d.blob_key AS document_key, r.number AS receipt_number, r.snapshot,
  e.customer_id = p.customer_id AS still_theirs
FROM emails e JOIN customers c ON c.id = e.customer_id
LEFT JOIN documents d ON d.id = e.document_id AND d.state = 'done'
LEFT JOIN receipts r ON r.payment_id = e.subject_id LEFT JOIN payments p ON p.id = e.subject_id
WHERE e.id = :id
"""
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
_ADVANCE = """
UPDATE emails SET send_state = :send_state, copies = copies + :copies,
  sent_at = CASE WHEN :send_state = 'sent' THEN now() ELSE sent_at END,
  state = :state, error_class = :error_class, error = :error,
  not_before = CASE WHEN :state = 'pending' THEN now() + interval '30 seconds' ELSE not_before END,
  done_at = CASE WHEN :state IN ('done', 'dead', 'ignored') THEN now() END,
  lease_until = CASE WHEN :state = 'running' THEN lease_until END,
  claim_token = CASE WHEN :state = 'running' THEN claim_token END
WHERE id = :id AND claim_token = :token RETURNING id
"""


def mail(session: Session, row_id: UUID) -> Row[Any]:
    """A mail with its recipient, its finished document and the frozen receipt of its payment."""
    return session.execute(text(_MAIL), {"id": row_id}).one()


def refund_facts(session: Session, refund_id: UUID) -> Row[Any]:
    """What a refund mail says."""
    return session.execute(text(_REFUND), {"id": refund_id}).one()


def enrollment_facts(session: Session, enrollment_id: UUID) -> Row[Any]:
    """What an unlock mail says."""
    return session.execute(text(_ENROLLMENT), {"id": enrollment_id}).one()


def advance(
    session: Session, held: Claim, row_id: UUID, send_state: SendState, state: str, reason: str | None = None
) -> bool:
    """Move a mail one step, if it is still ours. `sending` counts a copy: from here on it may be out."""
    moved = session.scalar(
        text(_ADVANCE),
        {
            "id": row_id,
            "token": held.token,
            "send_state": send_state.value,
            "copies": 1 if send_state is SendState.SENDING else 0,
            "state": state,
            "error_class": None if reason is None else send_state.value,
            "error": None if reason is None else reason[:ERROR_LENGTH_MAX],
        },
    )
    return moved is not None


def retract(session: Session, held: Claim, row_id: UUID) -> None:
    """The server said no before it took the mail: this copy is certainly not out and does not count."""
    session.execute(
        text(
            """UPDATE emails SET copies = copies - 1, send_state = CASE WHEN copies > 1 THEN 'unknown' ELSE 'reserved' END
               WHERE id = :id AND claim_token = :token AND send_state = 'sending'"""
        ),
        {"id": row_id, "token": held.token},
    )


def lost_while_sending(session: Session) -> Sequence[Row[Any]]:
    """Mails whose worker died after `sending` was committed: nobody knows whether they went out."""
    return session.execute(
        text(
            """SELECT id, kind, copies, claim_token FROM emails
               WHERE state = 'running' AND send_state = 'sending' AND lease_until < now()
               ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"""
        )
    ).all()
