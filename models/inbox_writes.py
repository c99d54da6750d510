"""Closing and reopening inbox rows outside the books."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind

WRONG_MODE = "wrong_mode"
_STORE_HEARD = """
INSERT INTO gateway_events (id, gateway_account, dedupe_key, source, gateway_event_id, type, object_id, livemode,
  occurred_at, body, key_id)
VALUES (:id, :account, :dedupe_key, :source, :dedupe_key, :type, :object_id, :livemode, :occurred_at, :body, :source)
ON CONFLICT (gateway_account, dedupe_key) DO NOTHING RETURNING id
"""


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


def heal_break(session: Session, kind: BreakKind, subject: str, resolution: str) -> None:
    """What was put before a person is over by itself."""
    session.execute(
        text(
            """UPDATE breaks SET resolved_at = now(), resolution = :resolution
               WHERE kind = :kind AND subject = :subject AND resolved_at IS NULL"""
        ),
        {"kind": kind.value, "subject": subject, "resolution": resolution},
    )


class Heard(NamedTuple):
    """An event or object that we asked a gateway for, as the inbox keeps it."""

    dedupe_key: str
    type: str
    object_id: str
    body: bytes
    occurred_at: datetime | None
    livemode: bool | None


def store_heard(session: Session, account: str, source: str, heard: Sequence[Heard]) -> list[UUID]:
    """Put answers into the inbox beside the webhooks; returns the ids of those that were new.

    `source` is `fetch`, `backfill`, `client`, `manual` or `operator`: whose word it is instead of a signature.
    """
    wanted = {each.dedupe_key: each for each in heard}
    new = []
    for key in sorted(wanted):  # in the receiver's order: two writers of the same keys wait, never deadlock
        each = wanted[key]
        found = session.scalar(
            text(_STORE_HEARD),
            {**each._asdict(), "id": new_id(), "account": account, "source": source},
        )
        new += [found] if found else []
    return new


def finish_fetched(session: Session, waited_for: str, asked_at: datetime) -> int:
    """Close the events that only named an object: it has been fetched, and speaks for itself.

    What came after we had asked may tell of something newer than the answer: it is asked for once more.
    """
    statement = """UPDATE gateway_events SET state = 'done', done_at = now(), waiting_for = NULL, not_before = now(),
        error_class = 'Fetched', error = 'it only named an object; that was asked for and speaks for itself'
      WHERE waiting_for = :key AND state = 'pending' AND coalesce(replayed_at, received_at) < :asked_at
      RETURNING id"""
    return len(session.execute(text(statement), {"key": waited_for, "asked_at": asked_at}).all())


def replay_events(session: Session, ids: Sequence[UUID]) -> int:
    """Make events due again; what was applied before is stale the second time. Returns how many.

    One that names an object has it asked for once more, whatever became of the last question.
    """
    cursor = session.execute(
        text(
            """UPDATE gateway_events SET state = 'pending', failures = 0, crashes = 0, not_before = now(),
                 replayed_at = now(), done_at = NULL, waiting_for = NULL, lease_until = NULL, claim_token = NULL
               WHERE id = ANY(:ids) AND state IN ('dead', 'ignored', 'pending') RETURNING id"""
        ),
        {"ids": list(ids)},
    )
    return len(cursor.all())
