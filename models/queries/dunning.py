"""Cases of dunning: found among overdue invoices, loaded with what is owed, put off, closed. Decides nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from models.arrays import Array
from models.session import raw

SCAN_MAX = 500
"""Invoices looked at in one transaction."""
FOUND = """SELECT id FROM invoices WHERE status = 'open' AND NOT dunning_seen AND due_on <= :due_until
  ORDER BY due_on, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"""
"""Invoices nobody has looked at; `make bench` measures it by itself."""
_SCAN = f"""
WITH found AS ({FOUND}),
seen AS (
  UPDATE invoices i SET dunning_seen = true FROM found WHERE i.id = found.id
  RETURNING i.id, i.customer_id, i.due_on, i.paid_minor + i.refunded_minor < i.total_minor AS owed)
SELECT s.id, s.customer_id, s.due_on, s.owed, c.country FROM seen s JOIN customers c ON c.id = s.customer_id
ORDER BY s.id
"""
_OPEN = """
INSERT INTO dunning_cases (id, subject_id, customer_id, policy_sha256, anchor_on, zone, next_at, opened_at, why)
SELECT id, subject_id, customer_id, %s, anchor_on::date, zone, next_at, %s, 'just opened'
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
  AS n(id, subject_id, customer_id, anchor_on, zone, next_at)
ON CONFLICT (subject_type, subject_id) WHERE status = 'open' DO NOTHING
"""
_DECLINED_AT = """(SELECT max(x.created_at) FROM checkouts x
    WHERE x.invoice_id = k.subject_id AND x.kind = 'charge' AND x.status = 'failed')"""
_NEW_CARD = f"""EXISTS (
    SELECT FROM customer_gateway_refs r JOIN gateway_objects m ON m.gateway_account = r.gateway_account
      AND m.kind = 'payment_method' AND m.data ->> 'gateway_customer' = r.external_id
    WHERE r.customer_id = k.customer_id AND m.status = 'attached'
      AND coalesce(m.occurred_at, m.created_at) > {_DECLINED_AT} AND NOT EXISTS (
        SELECT FROM gateway_calls g WHERE g.operation = 'charge' AND g.gateway_account = m.gateway_account
          AND g.params ->> 'payment_method' = m.external_id))"""
"""A card that was saved since a charge was declined, and never charged."""
_CASES = f"""
SELECT k.id, k.subject_id AS invoice_id, k.customer_id, k.policy_sha256, k.status, k.anchor_on, k.zone, k.hold,
  k.hold_until, k.why, i.number, i.status AS invoice_status, i.currency, i.source_type, i.track_id, i.due_on,
  i.suspended, c.held_at IS NOT NULL AS held, c.external_ref, c.name, c.locale, c.country, o.open_minor, o.given_up_minor, t.title AS track,
  EXISTS (SELECT FROM checkouts x WHERE x.invoice_id = i.id AND x.kind = 'charge'
      AND x.status IN ('creating', 'open'))
    OR EXISTS (SELECT FROM payments p WHERE p.customer_id = k.customer_id AND p.invoice_id = i.id
      AND p.status IN ('processing', 'authorized', 'unknown')) AS charging,
  EXISTS (SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE p.customer_id = k.customer_id
    AND d.status IN ('needs_response', 'under_review')) AS disputed,
  {_DECLINED_AT} AS declined_at, {_NEW_CARD} AS new_card,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(s.policy_step, s.action, s.day, s.taken_at, s.balance_minor)
     ORDER BY s.n), '[]') FROM dunning_steps s WHERE s.case_id = k.id AND s.state = 'done') AS taken
FROM dunning_cases k JOIN invoices i ON i.id = k.subject_id JOIN customers c ON c.id = k.customer_id
LEFT JOIN tracks t ON t.id = i.track_id
CROSS JOIN LATERAL (SELECT
  coalesce(sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor), 0)::bigint
    AS open_minor, coalesce(sum(l.written_off_minor - l.tolerated_minor), 0)::bigint AS given_up_minor
  FROM invoice_lines l WHERE l.invoice_id = i.id) o
WHERE k.id = ANY(:ids) ORDER BY k.id
"""
_PUT_OFF = """
UPDATE dunning_cases k SET next_at = n.next_at, why = n.why
FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) AS n(id, next_at, why) WHERE k.id = n.id
"""
_PLAN = """
INSERT INTO dunning_steps (id, case_id, n, policy_step, action, why)
SELECT n.id, n.case_id, 1 + (SELECT count(*) FROM dunning_steps s WHERE s.case_id = n.case_id), n.policy_step,
  n.action, n.why
FROM unnest(%s::uuid[], %s::uuid[], %s::int2[], %s::text[], %s::text[]) AS n(id, case_id, policy_step, action, why)
ON CONFLICT (case_id, n) DO NOTHING RETURNING id
"""
_CLOSE = """
WITH closed AS (
  UPDATE dunning_cases SET status = :status, why = :why, closed_at = coalesce(closed_at, :now), next_at = 'infinity',
    hold = NULL, hold_until = NULL, hold_reason = NULL
  WHERE id = :id RETURNING id, subject_id),
dropped AS (
  UPDATE dunning_steps SET state = 'ignored', done_at = now(), lease_until = NULL, claim_token = NULL,
    error = :why, error_class = 'CaseClosed'
  WHERE case_id = :id AND state IN ('pending', 'running', 'dead')),
audited AS (
  INSERT INTO audit_log (action, subject_type, subject_id, detail)
  SELECT 'dunning_case.' || CAST(:status AS text), 'dunning_case', id, jsonb_build_object('why', CAST(:why AS text))
  FROM closed)
UPDATE invoices i SET suspended = false FROM closed
WHERE i.id = closed.subject_id AND i.suspended AND :status IN ('recovered', 'canceled')
"""
_FINISHED = """
SELECT k.id FROM dunning_cases k JOIN invoices i ON i.id = k.subject_id
WHERE k.status IN ('open', 'exhausted') AND (i.status <> 'open' OR NOT EXISTS (
    SELECT FROM invoice_lines l WHERE l.invoice_id = i.id
      AND l.gross_minor > l.allocated_minor + l.refunded_minor + l.credited_minor + l.written_off_minor))
  AND (k.status = 'open' OR i.status <> 'open' OR NOT EXISTS (
    SELECT FROM invoice_lines l WHERE l.invoice_id = i.id AND l.written_off_minor > l.tolerated_minor))
ORDER BY k.id LIMIT :limit
"""
_NEW_CARDS = f"""
UPDATE dunning_cases k SET next_at = :now, why = 'a new card'
WHERE k.status = 'open' AND k.next_at > :now AND k.next_at < 'infinity' AND {_NEW_CARD}
"""
_FORGOTTEN = """
UPDATE dunning_cases k SET next_at = :now, why = 'its step was put aside'
WHERE k.status = 'open' AND k.next_at = 'infinity' AND NOT EXISTS (
  SELECT FROM dunning_steps s WHERE s.case_id = k.id AND s.state IN ('pending', 'running', 'dead'))
"""


class Opened(NamedTuple):
    """A case to be opened."""

    invoice_id: UUID
    customer_id: UUID
    anchor_on: date
    zone: str
    next_at: datetime


class Planned(NamedTuple):
    """A step to be taken when a worker gets to it."""

    case_id: UUID
    step: int | None
    action: str
    why: str


def keep_policy(session: Session, sha256: str, name: str, policy_text: str) -> None:
    """Keep the text of a policy; the same text is kept once."""
    statement = """INSERT INTO dunning_policies (sha256, name, text) VALUES (:sha256, :name, :text)
      ON CONFLICT DO NOTHING"""
    session.execute(text(statement), {"sha256": sha256, "name": name, "text": policy_text})


def policy_text(session: Session, sha256: str) -> str:
    """The text of a policy that a case was opened with."""
    statement = "SELECT text FROM dunning_policies WHERE sha256 = :sha256"
    return str(session.execute(text(statement), {"sha256": sha256}).scalar_one())


def scan(session: Session, due_until: date, limit: int = SCAN_MAX) -> Sequence[Row[Any]]:
    """Open invoices due by that day which nobody looked at yet, each looked at once; the oldest first."""
    return session.execute(text(_SCAN), {"due_until": due_until, "limit": limit}).all()


def open_cases(session: Session, policy_sha256: str, now: datetime, new: Sequence[Opened]) -> int:
    """Open cases; how many are new."""
    if not new:
        return 0
    columns = zip(
        *((new_id(), c.invoice_id, c.customer_id, f"{c.anchor_on}", c.zone, c.next_at) for c in new),
        strict=True,
    )
    types = ("uuid", "uuid", "uuid", "text", "text", "timestamptz")
    arrays = [Array(name, column) for name, column in zip(types, columns, strict=True)]
    return raw(session).execute(_OPEN, [policy_sha256, now, *arrays]).rowcount


def due_cases(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Cases to be looked at now, locked; those that another worker has are passed over."""
    statement = """SELECT id FROM dunning_cases WHERE status = 'open' AND next_at <= :now
      ORDER BY next_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"""
    return session.scalars(text(statement), {"now": now, "limit": limit}).all()


def cases(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Cases with what is owed on them, and with the steps that were taken."""
    return session.execute(text(_CASES), {"ids": list(ids)}).all()


def put_off(session: Session, waits: Sequence[tuple[UUID, datetime, str]]) -> None:
    """(case, when to look again, why)."""
    if waits:
        ids, moments, reasons = zip(*sorted(waits), strict=True)
        arrays = [Array("uuid", ids), Array("timestamptz", moments), Array("text", reasons)]
        raw(session).execute(_PUT_OFF, arrays)


def plan(session: Session, steps: Sequence[Planned]) -> list[UUID]:
    """Reserve the next step of cases; the ids of the new rows. Until it is over nobody looks at the case."""
    if not steps:
        return []
    columns = zip(*((new_id(), *each) for each in steps), strict=True)
    types = ("uuid", "uuid", "int2", "text", "text")
    arrays = [Array(name, column) for name, column in zip(types, columns, strict=True)]
    made = [row[0] for row in raw(session).execute(_PLAN, arrays)]
    session.execute(
        text("UPDATE dunning_cases SET next_at = 'infinity' WHERE id = ANY(:ids)"),
        {"ids": [each.case_id for each in steps]},
    )
    return made


def close(session: Session, case_id: UUID, status: str, why: str, now: datetime) -> None:
    """End a case, and drop the step that was to come; what was suspended for it is so no more."""
    session.execute(text(_CLOSE), {"id": case_id, "status": status, "why": why, "now": now})


def finished(session: Session, limit: int) -> Sequence[UUID]:
    """Cases on which nothing is owed any more, exhausted ones that late money has paid among them."""
    return session.scalars(text(_FINISHED), {"limit": limit}).all()


def call_up(session: Session, now: datetime) -> None:
    """Look now at cases whose customer saved a card since a decline, or whose step somebody put aside."""
    session.execute(text(_NEW_CARDS), {"now": now})
    session.execute(text(_FORGOTTEN), {"now": now})


def mark_suspended(session: Session, invoice_id: UUID) -> None:
    """What the invoice grants is suspended while something of it is open; the rights follow from the books."""
    session.execute(text("UPDATE invoices SET suspended = true WHERE id = :id"), {"id": invoice_id})
