"""Forgetting a person: what stands against it, and what is overwritten. The books are not touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.queries.persons import REACH

NAME = "Erased customer"
"""What stands where a name stood: on nobody's paper, for papers are frozen."""
GONE = "removed: the customer was erased"
"""What stands where a reason must be given and a person's words stood."""

_OBSTACLES = {
    "owes money": """SELECT 1 FROM ledger_lines WHERE customer_id = :customer AND account = 'receivable'
      GROUP BY currency HAVING sum(amount_minor) > 0""",
    "has credit: refund it first": """SELECT 1 FROM ledger_lines WHERE customer_id = :customer
      AND account = 'customer_credit' GROUP BY currency HAVING sum(amount_minor) < 0""",
    "an invoice is a draft": "SELECT 1 FROM invoices WHERE customer_id = :customer AND status = 'draft'",
    "a page or charge is open": f"""SELECT 1 FROM checkouts t WHERE ({REACH["checkouts"]})
      AND status IN ('creating', 'open') AND coalesce(expires_at, now()) >= now()""",
    "a dispute is open": f"""SELECT 1 FROM disputes t WHERE ({REACH["disputes"]})
      AND status IN ('needs_response', 'under_review')""",
    "a refund is under way": f"""SELECT 1 FROM refund_requests t WHERE ({REACH["refund_requests"]})
      AND status IN ('requested', 'approved', 'pending', 'unknown')""",
    "a subscription runs": f"""SELECT 1 FROM gateway_objects t WHERE kind = 'subscription'
      AND status IN ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'unpaid')
      AND ({REACH["gateway_objects"]})""",
    "a gateway has not answered yet": f"""SELECT 1 FROM gateway_calls t
      WHERE state IN ('pending', 'running', 'dead') AND ({REACH["gateway_calls"]})""",
    "a paper is not finished": f"""SELECT 1 FROM documents t WHERE state IN ('pending', 'running')
      AND ({REACH["documents"]})""",
    "a mail is not out": f"""SELECT 1 FROM emails t WHERE state IN ('pending', 'running')
      AND ({REACH["emails"]})""",
    "an event is not applied": f"""SELECT 1 FROM gateway_events t WHERE state IN ('pending', 'running', 'dead')
      AND ({REACH["gateway_events"]})""",
    "a break is open": f"SELECT 1 FROM breaks t WHERE resolved_at IS NULL AND ({REACH['breaks']})",
}
_BODIES = f"""UPDATE gateway_events t SET body = ''::bytea, body_removed_at = now(),
    error = CASE WHEN error IS NOT NULL THEN :gone END
  WHERE body_removed_at IS NULL AND source <> 'manual' AND state IN ('done', 'ignored')
    AND ({REACH["gateway_events"]})"""
_OVERWRITE = (
    f"""UPDATE gateway_calls t SET params = '{{}}', answer = NULL,
          failure = CASE WHEN failure IS NOT NULL THEN jsonb_build_object('code', failure -> 'code') END,
          error = CASE WHEN error IS NOT NULL THEN :gone END
        WHERE {REACH["gateway_calls"]}""",
    f"""UPDATE emails t SET said = NULL, answer = NULL, error = CASE WHEN error IS NOT NULL THEN :gone END
        WHERE {REACH["emails"]}""",
    f"""UPDATE notifications t SET error = :gone WHERE error IS NOT NULL AND ({REACH["notifications"]})""",
    f"""UPDATE dunning_cases t SET hold_reason = :gone WHERE hold_reason IS NOT NULL AND ({REACH["dunning_cases"]})""",
    f"""UPDATE dunning_steps t SET error = :gone WHERE error IS NOT NULL AND ({REACH["dunning_steps"]})""",
    f"DELETE FROM suppressions t WHERE {REACH['suppressions']}",
    f"""UPDATE documents t SET error = :gone WHERE error IS NOT NULL AND ({REACH["documents"]})""",
    f"""UPDATE refund_requests t SET reason = :gone, decision = CASE WHEN decision IS NOT NULL THEN :gone END
        WHERE {REACH["refund_requests"]}""",
    f"""UPDATE breaks t SET detail = :gone, resolution = CASE WHEN resolution IS NOT NULL THEN :gone END
        WHERE {REACH["breaks"]}""",
    f"""UPDATE checkouts t SET url = NULL, client_secret = NULL,
          failure = CASE WHEN failure IS NOT NULL THEN :gone END WHERE {REACH["checkouts"]}""",
    f"""UPDATE subscriptions t SET approval_url = NULL, client_secret = NULL,
          failure = CASE WHEN failure IS NOT NULL THEN :gone END WHERE {REACH["subscriptions"]}""",
    """UPDATE customers SET name = :name, email = NULL, address = NULL, region = NULL, tax_id = NULL, held_because = NULL, erased_at = now() WHERE id = :customer""",
)
"""In this order: the address of the customer finds rows until it is gone."""


def request(session: Session, customer_id: UUID) -> bool:
    """Note that somebody wants to be forgotten. False when that was noted before."""
    statement = """UPDATE customers SET erasure_requested_at = now()
      WHERE id = :customer AND erasure_requested_at IS NULL RETURNING id"""
    return session.scalar(text(statement), {"customer": customer_id}) is not None


def waiting(session: Session, ids: Sequence[UUID] = ()) -> Sequence[Row[Any]]:
    """(id, since when) of whoever wants to be forgotten and is not yet: these, or all; oldest first."""
    statement = """SELECT id, erasure_requested_at FROM customers
      WHERE erasure_requested_at IS NOT NULL AND erased_at IS NULL
        AND (cardinality(CAST(:ids AS uuid[])) = 0 OR id = ANY(CAST(:ids AS uuid[])))
      ORDER BY erasure_requested_at, id LIMIT 200"""
    return session.execute(text(statement), {"ids": list(ids)}).all()


def erased_at(session: Session, customer_id: UUID) -> datetime | None:
    """When a customer was erased."""
    found: datetime | None = session.scalar(
        text("SELECT erased_at FROM customers WHERE id = :customer"), {"customer": customer_id}
    )
    return found


def obstacles(session: Session, customer_id: UUID) -> list[str]:
    """Why a customer cannot be forgotten yet, in words."""
    return [
        words
        for words, statement in _OBSTACLES.items()
        if session.scalar(text(f"SELECT EXISTS ({statement})"), {"customer": customer_id})
    ]


def mails_of(session: Session, customer_id: UUID) -> list[UUID]:
    """The mails that went to a customer: their files are named by these."""
    return list(
        session.scalars(
            text("SELECT id FROM emails WHERE customer_id = :customer"), {"customer": customer_id}
        )
    )


def overwrite(session: Session, customer_id: UUID) -> int:
    """Forget the person; how many bodies of events were removed. The customer must be locked."""
    parameters = {"customer": customer_id, "gone": GONE, "name": NAME}
    removed = forget_bodies(session, customer_id)
    for statement in _OVERWRITE:
        session.execute(text(statement), parameters)
    return removed


def forget_bodies(session: Session, customer_id: UUID) -> int:
    """Remove what gateways said of a customer, also what they said after the erasure."""
    cursor = session.execute(text(f"{_BODIES} RETURNING id"), {"customer": customer_id, "gone": GONE})
    return len(cursor.all())
