"""Calls to gateways as rows: enqueue one, begin it, close it. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.calling import CallOutcome, Operation
from models.work import ERROR_LENGTH_MAX, Claim

_ENQUEUE = """
INSERT INTO gateway_calls (id, gateway_account, operation, subject, n, key, params, params_sha256, customer_id,
  not_before)
SELECT CAST(:id AS uuid), CAST(:account AS text), CAST(:operation AS text), CAST(:subject AS text), 1 + coalesce(max(n), 0),
  CAST(:key AS text), CAST(:params AS jsonb), CAST(:sha256 AS bytea), CAST(:customer_id AS uuid),
  now() + make_interval(secs => :after_s)
FROM gateway_calls WHERE operation = :operation AND subject = :subject
HAVING coalesce(bool_and(state IN ('done', 'dead', 'ignored')) FILTER (WHERE gateway_account = :account), true)
ON CONFLICT (operation, subject, n) DO NOTHING RETURNING id
"""
_BEGIN = """
UPDATE gateway_calls SET outcome = coalesce(outcome, 'sending'), sent_at = coalesce(sent_at, now()), tries = tries + 1
WHERE id = :id AND claim_token = :token
RETURNING id, gateway_account, operation, subject, n, key, params, params_sha256, customer_id, tries, created_at,
  sent_at, sent_at < now() AS sent_before
"""
_REKEY = """
UPDATE gateway_calls SET key = :key, sent_at = clock_timestamp(), outcome = 'sending'
WHERE id = :id AND claim_token = :token RETURNING id
"""
_CLOSE = """
UPDATE gateway_calls SET state = 'done', outcome = :outcome, answer = CAST(:answer AS jsonb),
  failure = CAST(:failure AS jsonb), answered_at = now(), done_at = now(), took_ms = :took_ms,
  error = :error, error_class = NULL, lease_until = NULL, claim_token = NULL
WHERE id = :id AND claim_token = :token RETURNING id
"""
_PUT_OFF = """
UPDATE gateway_calls SET state = 'pending', outcome = :outcome,
  sent_at = CASE WHEN CAST(:outcome AS text) IS NULL THEN NULL ELSE sent_at END,
  failure = CAST(:failure AS jsonb), error = :error, error_class = :error_class, failures = failures + 1,
  not_before = now() + make_interval(secs => :wait_s), lease_until = NULL, claim_token = NULL
WHERE id = :id AND claim_token = :token RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to be made: the request is frozen already."""

    account: str
    operation: Operation
    subject: str
    params: Mapping[str, Any]
    params_sha256: bytes
    customer_id: UUID | None = None
    after_s: float = 0.0
    """Not before so many seconds from now: somebody waits for another call."""


def enqueue(session: Session, call: NewCall) -> UUID | None:
    """Commit to making a call, with its caller's transaction.

    None while this account is still being asked for the same thing.
    """
    call_id = new_id()
    found: UUID | None = session.scalar(
        text(_ENQUEUE),
        {
            "id": call_id,
            "account": call.account,
            "operation": call.operation.value,
            "subject": call.subject,
            "key": f"bursar-{call_id.hex}",
            "params": orjson.dumps(dict(call.params)).decode(),
            "sha256": call.params_sha256,
            "customer_id": call.customer_id,
            "after_s": call.after_s,
        },
    )
    return found


def begin(session: Session, held: Claim, call_id: UUID) -> Row[Any] | None:
    """Right before it is sent: `sending`, unless it was sent before; None when it is no longer ours."""
    return session.execute(text(_BEGIN), {"id": call_id, "token": held.token}).one_or_none()


def rekey(session: Session, held: Claim, call_id: UUID, key: str) -> bool:
    """Send it anew under another key, after proof that nothing was done under the one before."""
    parameters = {"id": call_id, "token": held.token, "key": key}
    return session.scalar(text(_REKEY), parameters) is not None


def close(
    session: Session,
    held: Claim,
    call_id: UUID,
    outcome: CallOutcome,
    *,
    answer: Mapping[str, Any] | None = None,
    failure: Mapping[str, Any] | None = None,
    took_ms: int | None = None,
    error: str | None = None,
) -> bool:
    """End a call with what came of it. False when it is no longer ours: then nothing may be written."""
    parameters = {
        "id": call_id,
        "token": held.token,
        "outcome": outcome.value,
        "answer": None if answer is None else orjson.dumps(dict(answer)).decode(),
        "failure": None if failure is None else orjson.dumps(dict(failure)).decode(),
        "took_ms": took_ms,
        "error": error and error[:ERROR_LENGTH_MAX],
    }
    return session.scalar(text(_CLOSE), parameters) is not None


def put_off(
    session: Session,
    held: Claim,
    call_id: UUID,
    outcome: CallOutcome | None,
    *,
    failure: Mapping[str, Any] | None,
    error: Exception,
    wait_s: float,
) -> bool:
    """Have it looked at again later. Without an outcome it was certainly not acted on, and may be sent anew."""
    parameters = {
        "id": call_id,
        "token": held.token,
        "outcome": outcome and outcome.value,
        "failure": None if failure is None else orjson.dumps(dict(failure)).decode(),
        "error": (str(error) or type(error).__name__)[:ERROR_LENGTH_MAX],
        "error_class": type(error).__name__,
        "wait_s": wait_s,
    }
    return session.scalar(text(_PUT_OFF), parameters) is not None


def calls_of(session: Session, subject: str) -> Sequence[Row[Any]]:
    """What was asked for one subject, in order; for operators and for choosing where to ask next."""
    statement = """SELECT id, gateway_account, operation, n, state, outcome, sent_at, answered_at, took_ms, tries,
      failure, error FROM gateway_calls WHERE subject = :subject ORDER BY created_at, n"""
    return session.execute(text(statement), {"subject": subject}).all()


def objects_waited_for(session: Session, limit: int) -> Sequence[Row[Any]]:
    """What events named and nobody has asked for: `fetch:<account>/<object>`, split."""
    statement = """SELECT DISTINCT e.waiting_for, e.gateway_account AS account,
        substr(e.waiting_for, length('fetch:' || e.gateway_account || '/') + 1) AS object_id
      FROM gateway_events e WHERE e.waiting_for LIKE 'fetch:%' AND e.state = 'pending' AND NOT EXISTS (
        SELECT FROM gateway_calls c WHERE c.operation = 'fetch' AND c.subject = e.waiting_for
          AND (c.state IN ('pending', 'running') OR c.created_at > coalesce(e.replayed_at, e.received_at)))
      LIMIT :limit"""
    return session.execute(text(statement), {"limit": limit}).all()


def overdue_unknown(session: Session, sent_before: datetime) -> Sequence[Row[Any]]:
    """Calls nobody knows the outcome of since then."""
    statement = """SELECT id, gateway_account, operation, subject, sent_at FROM gateway_calls
      WHERE outcome IN ('sending', 'unknown') AND sent_at < :before ORDER BY sent_at"""
    return session.execute(text(statement), {"before": sent_before}).all()
