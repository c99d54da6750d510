"""Addresses to which nothing is sent any more, and what came back for which mail."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.consequences import SendState, SuppressionReason

_FOUND_OUT = """
UPDATE emails SET send_state = :send_state, state = 'done', done_at = coalesce(done_at, now()), error_class = NULL,
  error = CASE WHEN :send_state = 'delivered' THEN NULL ELSE :detail END
WHERE id = :id AND copies > 0 AND state <> 'running'
  AND array_position(ARRAY['sent', 'unknown', 'delivered', 'bounced', 'complained'], send_state)
    < array_position(ARRAY['sent', 'unknown', 'delivered', 'bounced', 'complained'], :send_state)
RETURNING id
"""
_SUPPRESS = """
INSERT INTO suppressions (id, address, reason, detail, email_id)
VALUES (:id, lower(:address), :reason, :detail, :email_id)
ON CONFLICT (address) DO NOTHING RETURNING id
"""
_LIST = "SELECT id, address, reason, detail, email_id, created_at FROM suppressions"


class NotSuppressed(Refused):
    """Mails are sent to this address."""


def address_of(session: Session, email_id: UUID) -> str | None:
    """Where a mail of ours went; None for a mail that is not ours. Raises nothing for one without an address."""
    statement = """SELECT coalesce(c.email, '') FROM emails e LEFT JOIN customers c ON c.id = e.customer_id
      WHERE e.id = :id AND e.copies > 0"""
    found = session.scalar(text(statement), {"id": email_id})
    return None if found is None else str(found)


def found_out(session: Session, email_id: UUID, send_state: SendState, detail: str) -> bool:
    """What became of a mail that may have been out, if that is news. It is over with that: no copy follows."""
    parameters = {"id": email_id, "send_state": send_state.value, "detail": detail}
    return session.scalar(text(_FOUND_OUT), parameters) is not None


def close_doubt(session: Session, email_id: UUID, resolution: str) -> None:
    """Nobody needs to ask any more whether a mail went out."""
    statement = """UPDATE breaks SET resolved_at = now(), resolution = :resolution
      WHERE kind = 'email_unknown' AND subject = 'email:' || :id AND resolved_at IS NULL"""
    session.execute(text(statement), {"id": str(email_id), "resolution": resolution})


def suppress(
    session: Session, address: str, reason: SuppressionReason, detail: str, email_id: UUID | None = None
) -> UUID | None:
    """Send nothing there any more; None where that is so already."""
    parameters = {
        "id": new_id(),
        "address": address,
        "reason": reason.value,
        "detail": detail,
        "email_id": email_id,
    }
    made: UUID | None = session.scalar(text(_SUPPRESS), parameters)
    return made


def unsuppress(session: Session, address: str) -> Row[Any]:
    """Send there again. Raises NotSuppressed."""
    statement = """DELETE FROM suppressions WHERE address = lower(:address) RETURNING id, reason, detail"""
    found = session.execute(text(statement), {"address": address}).one_or_none()
    if found is None:
        raise NotSuppressed(f"{address} is not suppressed; `bursar emails suppressions` lists what is")
    return found


def find(session: Session, limit: int) -> Sequence[Row[Any]]:
    """The newest first."""
    return session.execute(text(f"{_LIST} ORDER BY created_at DESC, id LIMIT :limit"), {"limit": limit}).all()
