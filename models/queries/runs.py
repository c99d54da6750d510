"""Runs of reconciliation: begun once per account and kind, carried on, put off, ended. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind
from bursar.rules.reconciling import RunKind, Span
from models.work import ERROR_LENGTH_MAX, Claim

_COLUMNS = """id, gateway_account, kind, since, until, periodic, done_until, look, counts, state, failures, error,
  requested_by, created_at, done_at, not_before"""
_OURS = "WHERE id = :id AND claim_token = :token RETURNING id"
_ADVANCE = f"""
UPDATE reconciliation_runs SET done_until = :done_until, counts = CAST(:counts AS jsonb),
  lease_until = now() + make_interval(secs => :lease_s) {_OURS}"""
_PUT_OFF = f"""
UPDATE reconciliation_runs SET state = 'pending', lease_until = NULL, claim_token = NULL, error = :error,
  error_class = :error_class, not_before = now() + make_interval(secs => :wait_s) {_OURS}"""
_LOOK_AGAIN = f"""
UPDATE reconciliation_runs SET state = 'pending', lease_until = NULL, claim_token = NULL, error = NULL,
  error_class = NULL, look = look + 1, done_until = NULL, counts = CAST(:counts AS jsonb),
  not_before = now() + make_interval(secs => :wait_s) {_OURS}"""
_END = f"""
UPDATE reconciliation_runs SET state = :state, lease_until = NULL, claim_token = NULL, done_at = now(),
  done_until = CASE WHEN :state = 'done' THEN until END, counts = CAST(:counts AS jsonb), error = :error,
  error_class = NULL {_OURS}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A window to go through."""

    account: str
    kind: RunKind
    span: Span
    periodic: bool
    requested_by: str


class Past:
    """What earlier runs and open differences say about the next window."""

    def __init__(self, session: Session, account: str, kind: RunKind) -> None:
        row = session.execute(
            text(
                """SELECT max(until) FILTER (WHERE state = 'done') AS last_until, max(until) AS last_looked,
                   (SELECT min(opened_at) FROM breaks WHERE kind = :differs AND resolved_at IS NULL
                     AND starts_with(subject, 'difference:' || CAST(:account AS text) || '/')) AS oldest_open
                   FROM reconciliation_runs WHERE gateway_account = :account AND kind = :kind AND periodic
                     AND state IN ('done', 'ignored')"""
            ),
            {"account": account, "kind": kind.value, "differs": BreakKind.GATEWAY_DIFFERS.value},
        ).one()
        self.last_until: datetime | None = row.last_until
        """Up to here everything was gone through."""
        self.last_looked: datetime | None = row.last_looked
        """The same, or up to here the gateway could not tell."""
        self.oldest_open: datetime | None = row.oldest_open

    def is_fresh(self, now: datetime, gap: timedelta) -> bool:
        """Whether the last one ended so lately that another would find nothing."""
        return self.last_looked is not None and now - self.last_looked < gap


def begin(session: Session, run: NewRun) -> UUID | None:
    """The id of the run; None while another of this kind is under way at this account."""
    found: UUID | None = session.scalar(
        text(
            """INSERT INTO reconciliation_runs (id, gateway_account, kind, since, until, periodic, requested_by)
               VALUES (:id, :account, :kind, :since, :until, :periodic, :requested_by)
               ON CONFLICT (gateway_account, kind) WHERE state IN ('pending', 'running') DO NOTHING RETURNING id"""
        ),
        {
            "id": new_id(),
            "account": run.account,
            "kind": run.kind.value,
            "since": run.span.since,
            "until": run.span.until,
            "periodic": run.periodic,
            "requested_by": run.requested_by,
        },
    )
    return found


def get(session: Session, run_id: UUID) -> Row[Any]:
    """One run."""
    return session.execute(
        text(f"SELECT {_COLUMNS} FROM reconciliation_runs WHERE id = :id"), {"id": run_id}
    ).one()


def find(session: Session, *, kind: RunKind | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first."""
    statement = f"""SELECT {_COLUMNS} FROM reconciliation_runs WHERE CAST(:kind AS text) IS NULL OR kind = :kind
      ORDER BY created_at DESC, id DESC LIMIT :limit"""
    return session.execute(text(statement), {"kind": kind and kind.value, "limit": limit}).all()


def advance(
    session: Session,
    held: Claim,
    run_id: UUID,
    done_until: datetime | None,
    counts: Mapping[str, int],
    lease_s: int,
) -> bool:
    """Keep how far it got, and the lease. False when it is no longer ours: then nothing may be written."""
    told = {"done_until": done_until, "counts": _json(counts), "lease_s": lease_s}
    return _ours(session, _ADVANCE, held, run_id, told)


def put_off(session: Session, held: Claim, run_id: UUID, error: Exception, wait_s: float) -> bool:
    """A gateway is away: go on later, from where it got to. It counts as no failure."""
    told = {
        "error": (str(error) or type(error).__name__)[:ERROR_LENGTH_MAX],
        "error_class": type(error).__name__,
        "wait_s": wait_s,
    }
    return _ours(session, _PUT_OFF, held, run_id, told)


def look_again(session: Session, held: Claim, run_id: UUID, counts: Mapping[str, int], wait_s: float) -> bool:
    """Go through the whole window once more, when what differs has had time to heal."""
    return _ours(session, _LOOK_AGAIN, held, run_id, {"counts": _json(counts), "wait_s": wait_s})


def end(
    session: Session,
    held: Claim,
    run_id: UUID,
    counts: Mapping[str, int],
    *,
    ignored_because: str | None = None,
) -> bool:
    """The window is gone through; or ignored, where the gateway cannot be asked such a thing."""
    told = {
        "state": "ignored" if ignored_because else "done",
        "error": ignored_because and ignored_because[:ERROR_LENGTH_MAX],
        "counts": _json(counts),
    }
    return _ours(session, _END, held, run_id, told)


def _ours(session: Session, statement: str, held: Claim, run_id: UUID, told: Mapping[str, Any]) -> bool:
    parameters = {**told, "id": run_id, "token": held.token}
    return session.scalar(text(statement), parameters) is not None


def _json(counts: Mapping[str, int]) -> str:
    return orjson.dumps(dict(counts)).decode()
