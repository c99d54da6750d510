"""Closing and reopening inbox rows outside the books."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind

WRONG_MODE = "wrong_mode"


def ignore_events(session: Session, reasons: Mapping[UUID, str]) -> None:
    """Close events that change nothing; a test event on live books (or the reverse) also opens a break."""
    if not reasons:
        return
    session.execute(
        text(
            """UPDATE gateway_events e SET state = 'ignored', done_at = now(), lease_until = NULL,
                 claim_token = NULL, error = n.reason
               FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS n(id, reason) WHERE e.id = n.id"""
        ),
        {"ids": list(reasons), "reasons": list(reasons.values())},
    )
    for event_id in sorted(each for each, reason in reasons.items() if reason == WRONG_MODE):
        open_break(
            session,
            BreakKind.WRONG_MODE,
            f"event:{event_id}",
            "an event of the other mode: check the endpoint's key and BURSAR_MODE",
        )


def open_break(session: Session, kind: BreakKind, subject: str, detail: str) -> None:
    """Put something before a person, once while it is open."""
    session.execute(
        text(
            """INSERT INTO breaks (id, kind, subject, detail) VALUES (:id, :kind, :subject, :detail)
               ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING"""
        ),
        {"id": new_id(), "kind": kind.value, "subject": subject, "detail": detail},
    )


def replay_events(session: Session, ids: Sequence[UUID]) -> int:
    """Make events due again; what was applied before is stale the second time. Returns how many."""
    cursor = session.execute(
        text(
            """UPDATE gateway_events SET state = 'pending', failures = 0, crashes = 0, not_before = now(),
                 done_at = NULL, waiting_for = NULL, lease_until = NULL, claim_token = NULL
               WHERE id = ANY(:ids) AND state IN ('dead', 'ignored', 'pending') RETURNING id"""
        ),
        {"ids": list(ids)},
    )
    return len(cursor.all())
