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
NOT_REPLAYABLE = {
    "done": "was applied: every effect has a key, so applying it again has no effect",
    "running": "is being applied: a worker has it in hand",
}
PASSED_OVER_MAX = 1000
"""How far events that match but cannot be replayed are counted."""

_COLUMNS = """id, split_part(gateway_account, ':', 1) AS gateway, gateway_account, gateway_event_id, type, state,
  failures, crashes, error, waiting_for, received_at"""
_FILTER = """(CAST(:states AS text[]) IS NULL OR state = ANY(:states))
  AND (NOT CAST(:waiting AS boolean) OR waiting_for IS NOT NULL)
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
    waiting: bool = False
    """Only what waits for something it names."""
    type: str | None = None
    """Exact, or with `*` for any text: `refund.*`."""
    gateway: str | None = None
    since: datetime | None = None
    limit: int

    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {
            "states": None if self.states is None else list(self.states),
            "waiting": self.waiting,
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
    statement = f"""SELECT {_COLUMNS}, source, object_id, api_version, livemode, occurred_at, key_id,
      nullif(not_before, 'infinity') AS not_before,
      lease_until, error_class, done_at, octet_length(body) AS size_bytes, body,
      body_removed_at
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


def find_replayable(
    session: Session, refs: Sequence[str], search: Search, *, lock: bool
) -> Sequence[Row[Any]]:
    """These events, or where none is named those that match; for a replay locked, oldest first.

    Raises when one that is named is unknown or cannot be replayed: all or nothing.
    """
    if refs:
        chosen = "id = ANY(:ids)"
        parameters: dict[str, Any] = {"ids": [_get_replayable(session, ref) for ref in refs]}
        locked = "FOR NO KEY UPDATE"
    else:
        chosen = _FILTER
        parameters = search.parameters()
        locked = "FOR NO KEY UPDATE SKIP LOCKED"
    statement = f"""SELECT {_COLUMNS} FROM gateway_events WHERE {chosen} AND state = ANY(:replayable)
      AND body_removed_at IS NULL
      ORDER BY id LIMIT :limit {locked if lock else ""}"""
    limits = {"replayable": list(REPLAYABLE), "limit": search.limit}
    return session.execute(text(statement), parameters | limits).all()


def count_passed_over(session: Session, search: Search) -> int:
    """How many events match that were applied or are being applied; counted up to PASSED_OVER_MAX."""
    statement = f"""SELECT count(*) FROM (SELECT FROM gateway_events WHERE {_FILTER}
      AND NOT state = ANY(:replayable) LIMIT :limit) passed"""
    limits = {"replayable": list(REPLAYABLE), "limit": PASSED_OVER_MAX}
    return int(session.execute(text(statement), search.parameters() | limits).scalar_one())


def _get_replayable(session: Session, ref: str) -> UUID:
    event = get_event(session, ref)
    if event.state not in REPLAYABLE:
        raise EventNotReplayable(f"event {event.id} ({event.type}) {NOT_REPLAYABLE[event.state]}")
    if event.body_removed_at is not None:
        day = f"{event.body_removed_at:%Y-%m-%d}"
        raise EventNotReplayable(f"the body of event {event.id} ({event.type}) was removed on {day}")
    found: UUID = event.id
    return found


def uuid_or_none(ref: str) -> UUID | None:
    """The id a reference spells, if it spells one."""
    try:
        return UUID(ref)
    except ValueError:
        return None


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
