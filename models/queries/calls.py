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
from bursar.rules.calling import PAGES, CallOutcome, Operation
from models.kinds import GATEWAY_CALLS
from models.session import named_rows, raw
from models.work import ERROR_LENGTH_MAX, Claim

_LAZILY = "set_config('synchronous_commit', 'off', true)"
"""The commit waits for no disk. A server that dies may forget what a page's call came to, as if its worker had died:
the row is asked for, or sent again, under the same key (decision 22)."""
_PAGES = sorted(PAGES)
_ENQUEUE = """
INSERT INTO gateway_calls (id, gateway_account, operation, subject, n, key, params, params_sha256, customer_id,
  not_before)
SELECT %(id)s::uuid, %(account)s::text, %(operation)s::text, %(subject)s::text, 1 + coalesce(max(n), 0), %(key)s::text,
  %(params)s::jsonb, %(sha256)s::bytea, %(customer_id)s::uuid, now() + make_interval(secs => %(after_s)s)
FROM gateway_calls WHERE operation = %(operation)s AND subject = %(subject)s
HAVING coalesce(bool_and(state IN ('done', 'dead', 'ignored')) FILTER (WHERE gateway_account = %(account)s), true)
ON CONFLICT (operation, subject, n) DO NOTHING RETURNING id
"""
_ENQUEUE_FIRST = """
INSERT INTO gateway_calls (id, gateway_account, operation, subject, key, params, params_sha256, customer_id, state,
  claim_token, lease_until, outcome, sent_at, tries)
SELECT %(id)s, %(account)s, %(operation)s, %(subject)s, %(key)s, %(params)s::jsonb, %(sha256)s, %(customer_id)s,
  CASE WHEN begun THEN 'running' ELSE 'pending' END, %(token)s,
  CASE WHEN begun THEN now() + make_interval(secs => %(lease_s)s) END,
  CASE WHEN begun THEN 'sending' END, CASE WHEN begun THEN now() END, begun::int
FROM (SELECT %(token)s::uuid IS NOT NULL AS begun) b
"""
_BEGIN = f"""
UPDATE gateway_calls SET outcome = coalesce(outcome, 'sending'), sent_at = coalesce(sent_at, now()), tries = tries + 1
WHERE id = %(id)s AND claim_token = %(token)s
RETURNING id, gateway_account, operation, subject, n, key, params, params_sha256, customer_id, tries, created_at,
  sent_at, sent_at < now() AS sent_before, CASE WHEN operation = ANY(%(pages)s) THEN {_LAZILY} END
"""
_REKEY = """
UPDATE gateway_calls SET key = :key, sent_at = clock_timestamp(), outcome = 'sending'
WHERE id = :id AND claim_token = :token RETURNING id
"""
_CLOSE = f"""
UPDATE gateway_calls SET state = 'done', outcome = %(outcome)s, answer = %(answer)s::jsonb,
  failure = %(failure)s::jsonb, answered_at = now(), done_at = now(), took_ms = %(took_ms)s,
  error = %(error)s, error_class = NULL, lease_until = NULL, claim_token = NULL
WHERE id = %(id)s AND claim_token = %(token)s RETURNING id, CASE WHEN operation = ANY(%(pages)s) THEN {_LAZILY} END
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
    found = raw(session).execute(_ENQUEUE, _parameters(call)).fetchone()
    return None if found is None else found[0]


def enqueue_unheard(session: Session, call: NewCall) -> None:
    """The same for who does not want to know, and so need not wait for the server's answer."""
    raw(session).execute(_ENQUEUE, _parameters(call))


def enqueue_first(session: Session, call: NewCall, token: UUID | None = None) -> UUID:
    """The same for a subject that is new, so that there is nothing to look at; needs no answer of the server.

    With a token the call is begun as well: it belongs to whoever holds the token, who sends it after the commit.
    """
    parameters = {**_parameters(call), "token": token, "lease_s": GATEWAY_CALLS.lease_s}
    raw(session).execute(_ENQUEUE_FIRST, parameters)
    call_id: UUID = parameters["id"]
    return call_id


def key_of(call_id: UUID) -> str:
    """Our idempotency key of a call that was never proven lost."""
    return f"bursar-{call_id.hex}"


def begin(session: Session, held: Claim, call_id: UUID) -> Any | None:
    """Right before it is sent: `sending`, unless it was sent before; None when it is no longer ours."""
    parameters = {"id": call_id, "token": held.token, "pages": _PAGES}
    return next(iter(named_rows(session, _BEGIN, parameters)), None)


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
        "pages": _PAGES,
    }
    return bool(named_rows(session, _CLOSE, parameters))


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


def calls_of(session: Session, operation: Operation, subject: str) -> Sequence[Row[Any]]:
    """What was asked for one subject, in order: to choose what to ask next."""
    statement = """SELECT id, gateway_account, state IN ('pending', 'running') AS open,
        state = 'pending' AND not_before <= now() AS due
      FROM gateway_calls WHERE operation = :operation AND subject = :subject ORDER BY n"""
    return session.execute(text(statement), {"operation": operation.value, "subject": subject}).all()


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


def _parameters(call: NewCall) -> dict[str, Any]:
    call_id = new_id()
    return {
        "id": call_id,
        "account": call.account,
        "operation": call.operation.value,
        "subject": call.subject,
        "key": key_of(call_id),
        "params": orjson.dumps(dict(call.params)).decode(),
        "sha256": call.params_sha256,
        "customer_id": call.customer_id,
        "after_s": call.after_s,
    }
