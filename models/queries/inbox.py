"""What operators ask of the inbox: which events, what one of them said, which may be applied again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused

REPLAYABLE = ("dead", "ignored", "pending")
"""States an event may be made due from; what is done was applied, what is running has a worker."""

_COLUMNS = """id, split_part(gateway_account, ':', 1) AS gateway, gateway_account, gateway_event_id, type, state,
  failures, crashes, error, waiting_for, received_at"""
_FILTER = """(CAST(:states AS text[]) IS NULL OR state = ANY(:states))
  AND (CAST(:type AS text) IS NULL OR type LIKE :type)
  AND (CAST(:gateway AS text) IS NULL OR gateway_account = :gateway OR gateway_account LIKE :gateway || ':%')
  AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)"""


class EventUnknown(Refused):
    """No event has this id."""


class EventAmbiguous(Refused):
    """Several events have this gateway id; name one by Bursar's id."""


class EventNotReplayable(Refused):
    """An event that was applied or is being applied cannot be made due again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which events; None means any."""

    states: Sequence[str] | None = None
    type: str | None = None
    """Exact, or with `*` for any text: `refund.*`."""
    gateway: str | None = None
    since: datetime | None = None
    limit: int

    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {
            "states": None if self.states is None else list(self.states),
            "type": None if self.type is None else _like(self.type),
            "gateway": self.gateway,
            "since": self.since,
            "limit": self.limit,
        }


def find_events(session: Session, search: Search) -> Sequence[Row[Any]]:
    """The newest events first; ids are made in order of time."""
    statement = f"SELECT {_COLUMNS} FROM gateway_events WHERE {_FILTER} ORDER BY id DESC LIMIT :limit"
    return session.execute(text(statement), search.parameters()).all()


def get_event(session: Session, ref: str) -> Row[Any]:
    """One event with its body, by our id or the gateway's. Raises EventUnknown or EventAmbiguous."""
    statement = f"""SELECT {_COLUMNS}, source, object_id, api_version, livemode, occurred_at, key_id, not_before,
      lease_until, error_class, done_at, octet_length(body) AS size_bytes, body
      FROM gateway_events WHERE id = :id OR gateway_event_id = :ref ORDER BY id LIMIT 2"""
    found = session.execute(text(statement), {"id": uuid_or_none(ref), "ref": ref}).all()
    if not found:
        raise EventUnknown(f"no event has the id {ref!r}; `bursar events list` shows them")
    if len(found) > 1:
        raise EventAmbiguous(
            f"several events are called {ref!r}; name one by its Bursar id: {found[0].id}, …"
        )
    return found[0]


def facts_of(session: Session, event_id: UUID) -> Sequence[Row[Any]]:
    """What was read from an event, once it was applied."""
    statement = "SELECT n, kind, data, apply_seq, applied_at FROM facts WHERE event_id = :id ORDER BY n"
    return session.execute(text(statement), {"id": event_id}).all()


def lock_replayable(session: Session, refs: Sequence[str]) -> Sequence[Row[Any]]:
    """These events, locked, for a replay. Raises when one is unknown or cannot be replayed: all or nothing."""
    events = [get_event(session, ref) for ref in refs]
    for event in events:
        if event.state not in REPLAYABLE:
            why = (
                "was applied; applying it again would change nothing"
                if event.state == "done"
                else "is running"
            )
            raise EventNotReplayable(f"event {event.id} ({event.type}) {why}")
    return _lock(session, [event.id for event in events])


def lock_matching(session: Session, search: Search) -> Sequence[Row[Any]]:
    """Up to `limit` events that match and may be replayed, oldest first, locked."""
    statement = f"""SELECT {_COLUMNS} FROM gateway_events WHERE {_FILTER} AND state = ANY(:replayable)
      ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"""
    return session.execute(text(statement), search.parameters() | {"replayable": list(REPLAYABLE)}).all()


def uuid_or_none(ref: str) -> UUID | None:
    """The id a reference spells, if it spells one."""
    try:
        return UUID(ref)
    except ValueError:
        return None


def _lock(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    statement = f"""SELECT {_COLUMNS} FROM gateway_events WHERE id = ANY(:ids) AND state = ANY(:replayable)
      ORDER BY id FOR NO KEY UPDATE"""
    return session.execute(text(statement), {"ids": list(ids), "replayable": list(REPLAYABLE)}).all()


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
