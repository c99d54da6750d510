"""Apply what gateways told us: load, decide, write, for up to 200 events in one transaction."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.protocol import Document, Ignored, NeedsFetch
from bursar.gateways.readers import reader_of
from bursar.rules.allocation import Policy
from bursar.rules.bookkeeping import decide
from bursar.rules.books import GroupKey, IncompleteBooks, Told
from bursar.rules.changes import Changes, fetch_key
from bursar.settings import load
from models import books
from models.inbox_writes import ignore_events
from models.kinds import EVENTS
from models.session import is_transient, raw, transaction
from models.work import Claim, fail, release, renew, still_ours
from tasks.drain import claims
from tasks.enrollments import unlock_at_once
from tasks.fetches import ask_for_named
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

DRAIN_S = 5.0
"""Seconds one task works on before it wakes a successor: under its hard limit of 8 s."""
TRIES_MAX = 5
"""How often a batch is tried again at once after a deadlock or a lock timeout."""
LOADS_MAX = 4
"""Loads of one batch: the least, then whole groups as their pasts turn out to have changed."""
RETRY_S = 1.0
"""Seconds after which it is put back instead: a lock is waited for 2 s at a time, and the task has 8."""

FROM_RECEIVER = "webhook"
"""The source whose bodies were proven to be strict JSON before they were stored."""
_COLUMNS = "id, gateway_account, dedupe_key, source, type, livemode, body"


@dataclass(frozen=True, slots=True)
class _Read:
    """What a claim turned out to be."""

    told: list[Told]
    ignored: dict[UUID, str]
    """Event -> why; `wrong_mode` also opens a break."""
    unfetched: dict[UUID, str]
    """Event -> the object it only names; it waits until that is fetched."""

    @property
    def ids(self) -> set[UUID]:
        """All events that could be read."""
        return {told.event_id for told in self.told} | self.ignored.keys() | self.unfetched.keys()


@task("events.apply", queue=Queue.EVENTS, time_limit_s=8)
def apply_events(ids: Sequence[UUID] = ()) -> None:
    """Turn stored events into facts and facts into books, until nothing is due or five seconds have passed.

    Safe to repeat: an event is claimed by one worker, and every effect has a natural key.
    """
    for held in claims(EVENTS, ids, _COLUMNS, drain_s=DRAIN_S):
        crash_point("events.claimed")
        _apply(held, held.rows)


def _apply(held: Claim, rows: Sequence[Any]) -> None:
    """Apply rows of a claim; on an error that is theirs, halve them until the guilty one is alone."""
    try:
        read = _read(held, rows)
        readable = read.ids
        rows = [row for row in rows if row.id in readable]
        wakes, enrollments = _write_with_retries(held, read) if rows else (Wakes(), [])
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not take innocent events with it
        _isolate(held, rows, error)
    else:
        crash_point("events.applied")
        wakes.publish()
        crash_point("events.woken")
        unlock_at_once(enrollments)


def _isolate(held: Claim, rows: Sequence[Any], error: Exception) -> None:
    if _retryable(error):
        release(EVENTS, held, [row.id for row in rows])
        log.warning("events.released", count=len(rows), error=type(error).__name__)
    elif len(rows) == 1:
        died = fail(EVENTS, held, rows[0].id, error)
        log.error("events.failed", event_id=str(rows[0].id), died=died, error=type(error).__name__)
    else:
        renew(EVENTS, held)
        crash_point("events.halved")
        middle = len(rows) // 2
        _apply(held, rows[:middle])
        _apply(held, rows[middle:])


def _read(held: Claim, rows: Sequence[Any]) -> _Read:
    """Parse every body into facts; what cannot be parsed is dead at once, with the reason."""
    told: list[Told] = []
    ignored: dict[UUID, str] = {}
    unfetched: dict[UUID, str] = {}
    for row in rows:
        _, _, mode = row.gateway_account.partition(":")
        if row.livemode is not None and row.livemode != (mode == "live"):
            ignored[row.id] = "wrong_mode"
            continue
        try:
            reading = reader_of(row.gateway_account, row.source).read(row.type, _document(row))
        except Refused as reason:
            fail(EVENTS, held, row.id, reason, fatal=True)
            crash_point("events.unreadable")
            log.error("events.unreadable", event_id=str(row.id), reason=str(reason))
            continue
        if isinstance(reading, Ignored):
            ignored[row.id] = reading.reason
        elif isinstance(reading, NeedsFetch):
            unfetched[row.id] = fetch_key(row.gateway_account, reading.object_id, reading.kind)
        else:
            told.append(Told(event_id=row.id, account=row.gateway_account, facts=reading, key=row.dedupe_key))
    return _Read(told, ignored, unfetched)


def _document(row: Any) -> Document:
    """The body. What the receiver has proven to be strict JSON is not proven again. Raises NotJson."""
    document = None
    if row.source == FROM_RECEIVER:
        with suppress(orjson.JSONDecodeError):
            document = orjson.loads(row.body)
    return document if type(document) is dict else strictjson.loads(row.body)


def _write_with_retries(held: Claim, read: _Read) -> tuple[Wakes, Sequence[UUID]]:
    give_up = time.monotonic() + RETRY_S
    for _ in range(TRIES_MAX - 1):
        try:
            return _write(held, read)
        except Exception as error:
            if not _retryable(error) or time.monotonic() > give_up:
                raise
    return _write(held, read)


def _write(held: Claim, read: _Read) -> tuple[Wakes, Sequence[UUID]]:
    """Apply what is still ours in one transaction; returns what to wake, and the enrollments to open next."""
    with transaction() as session:
        ours = still_ours(session, EVENTS, held, sorted(read.ids))
        batch = [told for told in read.told if told.event_id in ours]
        connection = raw(session)

        changes = _decide(connection, batch)
        changes.waiting |= {each: key for each, key in read.unfetched.items() if each in ours}

        settings = load()
        written = books.write(
            connection,
            changes,
            weak_wait_s=settings.weak_evidence_wait_s,
            failed_wait_s=settings.failed_mail_wait_s,
        )
        ignore_events(session, {each: why for each, why in read.ignored.items() if each in ours})
        calls = ask_for_named(session) if read.unfetched else []
    return Wakes(documents=written.documents, emails=written.emails, calls=calls), written.enrollments


def _decide(connection: Any, batch: Sequence[Told]) -> Changes:
    """Lock and load what the facts touch, then judge; load whole groups when their past changed."""
    closure = books.lock(connection, batch)
    news, repeats = closure.news, closure.repeats
    seqs = books.next_seqs(connection, sum(len(told.facts) for told in news))
    policy = Policy(load().allocation_policy)
    whole: frozenset[GroupKey] = frozenset()
    for _ in range(LOADS_MAX - 1):
        try:
            return decide(books.load(connection, news, closure, whole), news, seqs, policy, repeats)
        except IncompleteBooks as incomplete:
            whole |= incomplete.groups
    return decide(books.load(connection, news, closure, whole), news, seqs, policy, repeats)


def _retryable(error: Exception) -> bool:
    return isinstance(error, books.ClosureGrew) or is_transient(error)
