"""Cases of dunning as a person looks at them: listed, named, held, released. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from models.queries.inbox import uuid_or_none

_COLUMNS = """k.id, i.number AS invoice, c.external_ref AS customer, k.status, o.open_minor, i.currency, i.due_on,
  p.name AS policy, k.policy_sha256, k.anchor_on, k.zone,
  CASE WHEN s.id IS NULL THEN nullif(k.next_at, 'infinity') ELSE s.not_before END AS next_at,
  coalesce(s.why, k.why) AS why, k.hold,
  k.hold_until, k.hold_reason, k.opened_at, k.closed_at,
  (SELECT count(*) FROM dunning_steps d WHERE d.case_id = k.id AND d.state = 'done') AS steps"""
_FROM = """dunning_cases k JOIN invoices i ON i.id = k.subject_id JOIN customers c ON c.id = k.customer_id
  JOIN dunning_policies p ON p.sha256 = k.policy_sha256
  LEFT JOIN dunning_steps s ON s.case_id = k.id AND s.state IN ('pending', 'running')
  CROSS JOIN LATERAL (SELECT
    coalesce(sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor), 0)::bigint
      AS open_minor FROM invoice_lines l WHERE l.invoice_id = i.id) o"""
_WAKE = """
UPDATE dunning_steps SET not_before = now() WHERE case_id = :id AND state = 'pending'
"""


class CaseUnknown(Refused):
    """No case of dunning has this id, and no invoice with this name has one."""


class CaseOver(Refused):
    """The case is over: there is nothing to hold or release."""


def find(session: Session, *, status: str | None, customer: str | None, limit: int) -> Sequence[Row[Any]]:
    """Cases, those that are looked at next come first."""
    statement = f"""SELECT {_COLUMNS} FROM {_FROM} WHERE (CAST(:status AS text) IS NULL OR k.status = :status)
      AND (CAST(:customer AS text) IS NULL OR c.external_ref = :customer)
      ORDER BY k.closed_at IS NOT NULL, k.next_at, k.id LIMIT :limit"""
    return session.execute(text(statement), {"status": status, "customer": customer, "limit": limit}).all()


def get(session: Session, ref: str) -> Row[Any]:
    """By the id of the case, or the id or number of its invoice; the latest of several. Raises CaseUnknown."""
    statement = f"""SELECT {_COLUMNS} FROM {_FROM} WHERE k.id = :id OR i.id = :id OR i.number = :ref
      ORDER BY k.opened_at DESC LIMIT 1"""
    found = session.execute(text(statement), {"id": uuid_or_none(ref), "ref": ref}).one_or_none()
    if found is None:
        raise CaseUnknown(f"no case of dunning is, or is about, {ref!r}; `bursar dunning list` shows them")
    return found


def hold(
    session: Session, case_id: UUID, kind: str, until: datetime | None, reason: str, now: datetime
) -> None:
    """Write a hold on an open case, and have it looked at. Raises CaseOver."""
    statement = """UPDATE dunning_cases SET hold = :kind, hold_until = :until, hold_reason = :reason,
      next_at = CASE WHEN next_at = 'infinity' THEN next_at ELSE :now END WHERE id = :id AND status = 'open'"""
    _change(session, statement, {"id": case_id, "kind": kind, "until": until, "reason": reason, "now": now})


def release(session: Session, case_id: UUID, now: datetime) -> None:
    """Take a hold away, and have the case looked at. Raises CaseOver."""
    statement = """UPDATE dunning_cases SET hold = NULL, hold_until = NULL, hold_reason = NULL,
      next_at = CASE WHEN next_at = 'infinity' THEN next_at ELSE :now END WHERE id = :id AND status = 'open'"""
    _change(session, statement, {"id": case_id, "now": now})


def due(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Open cases that are to be looked at, or have a step to be taken; reads only."""
    statement = """SELECT k.id FROM dunning_cases k WHERE k.status = 'open' AND (k.next_at <= :now OR EXISTS (
        SELECT FROM dunning_steps s WHERE s.case_id = k.id AND s.state = 'pending'))
      ORDER BY k.next_at, k.id LIMIT :limit"""
    return session.scalars(text(statement), {"now": now, "limit": limit}).all()


def _change(session: Session, statement: str, parameters: dict[str, Any]) -> None:
    lock = "SELECT status FROM dunning_cases WHERE id = :id FOR NO KEY UPDATE"
    status = session.scalar(text(lock), {"id": parameters["id"]})
    if status != "open":
        raise CaseOver(f"case {parameters['id']} is {status}: there is nothing to hold or release")
    session.execute(text(statement), parameters)
    session.execute(text(_WAKE), {"id": parameters["id"]})
