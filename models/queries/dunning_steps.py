"""Steps of dunning: put back while they wait, finished with what they did. Decides nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_PUT_BACK = """
UPDATE dunning_steps SET state = 'pending', lease_until = NULL, claim_token = NULL, why = :why,
  not_before = now() + make_interval(secs => :wait_s) WHERE id = :id
"""
_FINISH = """
WITH done AS (
  UPDATE dunning_steps SET state = 'done', done_at = now(), lease_until = NULL, claim_token = NULL, error = NULL,
    error_class = NULL, policy_step = :policy_step, action = :action, day = :day, why = :why,
    balance_minor = :balance_minor, checkout_id = :checkout_id, email_id = :email_id, invoice_id = :invoice_id,
    taken_at = :now
  WHERE id = :id RETURNING case_id, id, n)
, audited AS (
  INSERT INTO audit_log (action, subject_type, subject_id, detail)
  SELECT 'dunning_case.' || CAST(:action AS text), 'dunning_case', case_id,
    jsonb_build_object('step', n, 'why', CAST(:why AS text)) FROM done)
UPDATE dunning_cases k SET next_at = :now, why = 'a step was taken' FROM done WHERE k.id = done.case_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What a step came to."""

    policy_step: int | None
    action: str
    day: date | None
    why: str
    balance_minor: int
    checkout_id: UUID | None = None
    email_id: UUID | None = None
    invoice_id: UUID | None = None


def case_of(session: Session, step_id: UUID) -> tuple[UUID, UUID]:
    """(case, customer) of a step."""
    statement = """SELECT k.id, k.customer_id FROM dunning_steps s JOIN dunning_cases k ON k.id = s.case_id
      WHERE s.id = :id"""
    found = session.execute(text(statement), {"id": step_id}).one()
    return found.id, found.customer_id


def put_back(session: Session, step_id: UUID, wait_s: float, why: str) -> None:
    """Not now: it is due again after so many seconds. Counts as no failure."""
    session.execute(text(_PUT_BACK), {"id": step_id, "wait_s": max(wait_s, 1.0), "why": why})


def finish(session: Session, step_id: UUID, did: Did, now: datetime) -> None:
    """It was taken; its case is to be looked at again."""
    session.execute(
        text(_FINISH),
        {
            "id": step_id,
            "now": now,
            "policy_step": did.policy_step,
            "action": did.action,
            "day": did.day,
            "why": did.why,
            "balance_minor": did.balance_minor,
            "checkout_id": did.checkout_id,
            "email_id": did.email_id,
            "invoice_id": did.invoice_id,
        },
    )


def count_taken(session: Session) -> int:
    """How many steps were taken, ever."""
    return int(session.execute(text("SELECT count(*) FROM dunning_steps WHERE state = 'done'")).scalar_one())


def of_case(session: Session, case_id: UUID) -> list[Row[Any]]:
    """Every step of a case, the first one first, with what became of its mail or charge."""
    statement = """SELECT s.n, s.policy_step, s.action, s.state, s.day, s.why, s.balance_minor, s.taken_at, s.not_before,
        e.kind AS mail, e.send_state AS mail_state, x.status AS charge, x.decline_code, i.number AS fee_invoice
      FROM dunning_steps s LEFT JOIN emails e ON e.id = s.email_id LEFT JOIN checkouts x ON x.id = s.checkout_id
      LEFT JOIN invoices i ON i.id = s.invoice_id WHERE s.case_id = :id ORDER BY s.n"""
    return list(session.execute(text(statement), {"id": case_id}))
