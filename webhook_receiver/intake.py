"""The natural batch: what queues while one commit runs goes into the next. No timer, one flusher, no SQL."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import structlog

from bursar.clock import utc_now
from webhook_receiver.inbox import DatabaseAway, Inbox, RowRefused
from webhook_receiver.rows import Key, Row
from webhook_receiver.tally import Tally
from workers.crashpoints import crash_point

log = structlog.get_logger(__name__)

BATCH_ROWS_MAX = 200
"""Beyond 200 rows a bigger batch saves nothing (performance.md)."""
BATCH_BYTES_MAX = 4 * 1024 * 1024
"""One statement's parameters: what a slow disk still writes well within the statement timeout."""
QUEUE_ROWS_MAX = 4_000
"""Half a second of work at full speed; behind more, a bad day makes a gateway's 5 s too short."""
QUEUE_BYTES_MAX = 32 * 1024 * 1024
"""Memory the queue may hold, whatever the rows weigh."""
DRAIN_LIMIT_S = 5.0
"""How long a shutdown waits for the last commit: one insert limit and a little."""


class Outcome(Enum):
    """What became of one delivery."""

    STORED = auto()
    DUPLICATE = auto()
    UNSTORABLE = auto()
    OVERLOADED = auto()
    UNAVAILABLE = auto()
    """Not confirmed; it may be stored all the same, and the redelivery will then be a duplicate."""


Settled = Callable[[Outcome], None]


Outcomes = dict[Key, Outcome]
_Waiting = tuple[Key, Row, Settled]


class Intake:
    """Stores rows in batches and tells each waiting request what became of its row."""

    def __init__(
        self, inbox: Inbox, tallies: Mapping[str, Tally], stored: Callable[[Sequence[UUID]], None]
    ) -> None:
        self._inbox = inbox
        self._tallies = tallies
        self._stored = stored
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._offered = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to flush, on the running loop."""
        self._flusher = asyncio.create_task(self._run(), name="intake")

    async def stop(self) -> None:
        """Finish what is queued; nobody is left waiting, whatever the database does."""
        self._stopping = True
        self._offered.set()
        if self._flusher is not None:
            await asyncio.wait({self._flusher}, timeout=DRAIN_LIMIT_S)
            self._flusher.cancel()
            await asyncio.wait({self._flusher})
        await self._inbox.close()

    def offer(self, row: Row, settled: Settled) -> None:
        """Have the row stored. `settled` is called once: now, or when it is committed or known not to be."""
        size = len(row.body)
        if self._stopping or self._flusher is None:
            settled(Outcome.UNAVAILABLE)
        elif len(self._queue) >= QUEUE_ROWS_MAX or self._queued_bytes + size > QUEUE_BYTES_MAX:
            settled(Outcome.OVERLOADED)
        else:
            self._queue.append((row.key, row, settled))
            self._queued_bytes += size
            self._offered.set()

    async def store(self, row: Row) -> Outcome:
        """The same for those who wait."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def settled(found: Outcome) -> None:
            if not outcome.done():  # done: whoever waited was cancelled
                outcome.set_result(found)

        self.offer(row, settled)
        return await outcome

    async def _run(self) -> None:
        try:
            while not (self._stopping and not self._queue):
                if self._queue:
                    await self._flush(self._next_batch())
                else:
                    self._offered.clear()
                    await self._offered.wait()
        finally:
            self._settle(self._drain(), {})

    def _next_batch(self) -> list[_Waiting]:
        if len(self._queue) <= BATCH_ROWS_MAX and self._queued_bytes <= BATCH_BYTES_MAX:
            return self._drain()
        batch: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < BATCH_ROWS_MAX:
            following = len(self._queue[0][1].body)
            if size + following > BATCH_BYTES_MAX:
                break
            size += following
            batch.append(self._queue.popleft())
        self._queued_bytes -= size
        return batch

    def _drain(self) -> list[_Waiting]:
        drained = list(self._queue)
        self._queue.clear()
        self._queued_bytes = 0
        return drained

    async def _flush(self, batch: list[_Waiting]) -> None:
        """Store one batch; its answers go out while the database works on the next one."""
        outcomes: Outcomes = {}
        try:
            outcomes = await self._store({key: row for key, row, _ in reversed(batch)})
        except DatabaseAway:
            batch += self._drain()  # they would wait for the same database
        except Exception as error:  # a bug: refused loudly, for a dead flusher would hang every request
            log.exception("intake.broken", error=type(error).__name__)
        finally:
            asyncio.get_running_loop().call_soon(self._settle, batch, outcomes)

    async def _store(self, rows: Mapping[Key, Row]) -> Outcomes:
        """Rows are sorted by key: two receivers with the same keys wait, never deadlock."""
        crash_point("receiver.storing")
        try:
            new = await self._inbox.insert([rows[key] for key in sorted(rows)])
        except RowRefused:
            if len(rows) == 1:
                return dict.fromkeys(rows, Outcome.UNSTORABLE)
            return await self._store_each(rows)
        if new:
            crash_point("receiver.stored")
            self._stored([row.id for row in new])
            crash_point("receiver.offered")
        if len(new) == len(rows):
            return dict.fromkeys(rows, Outcome.STORED)
        return dict.fromkeys(rows, Outcome.DUPLICATE) | {row.key: Outcome.STORED for row in new}

    async def _store_each(self, rows: Mapping[Key, Row]) -> Outcomes:
        """One row the database will not take must not cost its neighbours their place."""
        outcomes: Outcomes = {}
        for key, row in rows.items():
            try:
                outcomes |= await self._store({key: row})
            except DatabaseAway:
                break  # the rest is not confirmed, and its senders come again
        return outcomes

    def _settle(self, batch: Sequence[_Waiting], outcomes: Outcomes) -> None:
        now = utc_now()
        for key, row, settled in batch:
            outcome = outcomes.get(key, Outcome.UNAVAILABLE)
            if outcome is Outcome.STORED:
                outcomes[key] = Outcome.DUPLICATE  # the next one with this key in the same batch
            self._count(row, outcome, now)
            try:
                settled(outcome)
            except Exception as error:  # a bug in one answer must not cost the others theirs
                log.exception("intake.unanswered", error=type(error).__name__)

    def _count(self, row: Row, outcome: Outcome, now: datetime) -> None:
        tally = self._tallies[row.gateway_account]
        if outcome is Outcome.STORED:
            tally.accepted += 1
            tally.keys[row.key_id] += 1
            tally.last_event_at = now
        elif outcome is Outcome.DUPLICATE:
            tally.duplicates += 1
            tally.keys[row.key_id] += 1
