"""The inbox table as the receiver sees it: one connection, one statement, two kinds of failure. No queue."""

import asyncio
import select
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
import structlog

from bursar.errors import Misconfigured, Refused, Transient

log = structlog.get_logger(__name__)

LOCK_TIMEOUT_MS = 1_000
"""Only a receiver inserting the same keys can hold us up, for the time of one commit."""
STATEMENT_TIMEOUT_MS = 3_000
"""A batch takes 10 ms; a database that needs seconds is down for our purpose."""
INSERT_LIMIT_S = 4.0
"""Connect and insert, seen from here: a frozen server times nothing out, and gateways hang up after 5 s."""
CONNECT_LIMIT_S = 2.0
RECONNECT_MIN_S = 0.05
RECONNECT_MAX_S = 1.0
"""Bounds of the pause between attempts to connect; deliveries meanwhile are refused at once."""


class RowRefused(Refused):
    """The database understood the rows and will never take at least one of them."""


class DatabaseAway(Transient):
    """The database did not confirm the rows; whether they are stored is unknown."""


class Row(NamedTuple):
    """One verified event; the fields are the columns, in this order."""

    id: UUID
    gateway_account: str
    dedupe_key: str
    gateway_event_id: str
    type: str
    object_id: str | None
    api_version: str | None
    livemode: bool | None
    occurred_at: datetime | None
    body: bytes
    key_id: str


_INSERT: LiteralString = """
    INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, object_id,
                                api_version, livemode, occurred_at, body, key_id)
    SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
                         %b::text[], %b::bool[], %b::timestamptz[], %b::bytea[], %b::text[])
    ON CONFLICT (gateway_account, dedupe_key) DO NOTHING
    RETURNING id
"""
_SETTINGS: LiteralString = """
    SELECT set_config('synchronous_commit', 'on', false),
           set_config('lock_timeout', %s, false),
           set_config('statement_timeout', %s, false)
"""

_ROW_ERRORS = (
    UnicodeError,  # a lone surrogate
    OverflowError,  # a time no timestamptz can hold
    psycopg.DataError,  # a NUL
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,  # a name too long for its index
)
"""The row's own fault: the same row fails for ever, its neighbours need not."""

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Inbox:
    """Inserts batches on a connection of its own, and mends that connection. One caller at a time."""

    def __init__(self, database_url: str, *, insert_limit_s: float = INSERT_LIMIT_S) -> None:
        self._url = connection_url(database_url)
        self._insert_limit_s = insert_limit_s
        self._connection: Connection | None = None
        self._pause_s = RECONNECT_MIN_S
        self._next_attempt_at = 0.0
        self._abandoned: set[asyncio.Task[set[UUID]]] = set()

    async def insert(self, rows: Sequence[Row]) -> set[UUID]:
        """Store all rows in one commit; return the ids that were new. Raises RowRefused or DatabaseAway.

        A frozen server answers no cancellation either, so an attempt out of time is left behind, not awaited.
        """
        attempt = asyncio.ensure_future(self._insert(rows))
        try:
            done, _ = await asyncio.wait({attempt}, timeout=self._insert_limit_s)
        except asyncio.CancelledError:
            self._abandon(attempt)
            raise
        if not done:
            self._abandon(attempt)
            raise DatabaseAway("the database did not answer in time")
        return attempt.result()

    async def close(self) -> None:
        """Give the connection back."""
        for attempt in list(self._abandoned):
            attempt.cancel()
        await self._drop(self._connection)

    async def _insert(self, rows: Sequence[Row]) -> set[UUID]:
        connection = None
        try:
            connection = await self._connected()
            cursor = connection.cursor(binary=True)
            await cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)], prepare=True)
            return {row[0] for row in await cursor.fetchall()}
        except _ROW_ERRORS as error:
            raise RowRefused(type(error).__name__) from error
        except (psycopg.Error, OSError) as error:
            await self._drop(connection)
            log.warning("inbox.unavailable", error=type(error).__name__, sqlstate=_sqlstate(error))
            raise DatabaseAway(type(error).__name__) from error

    async def _connected(self) -> Connection:
        if self._connection is not None and _is_stale(self._connection):
            await self._drop(self._connection)
        if self._connection is None:
            self._connection = await self._connect()
        return self._connection

    async def _connect(self) -> Connection:
        now = asyncio.get_running_loop().time()
        if now < self._next_attempt_at:
            raise DatabaseAway("the database was away a moment ago")
        self._next_attempt_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, RECONNECT_MAX_S)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
            await connection.execute(_SETTINGS, (f"{LOCK_TIMEOUT_MS}", f"{STATEMENT_TIMEOUT_MS}"))
        self._pause_s, self._next_attempt_at = RECONNECT_MIN_S, 0.0
        return connection

    async def _drop(self, connection: Connection | None) -> None:
        if connection is not None:
            self._connection = None if self._connection is connection else self._connection
            await connection.close()

    def _abandon(self, attempt: asyncio.Task[set[UUID]]) -> None:
        connection, self._connection = self._connection, None

        def finished(_: asyncio.Task[set[UUID]]) -> None:
            self._abandoned.discard(attempt)
            if not attempt.cancelled():
                attempt.exception()  # looked at, or asyncio complains; the batch was answered long ago
            if connection is not None:
                connection.pgconn.finish()

        self._abandoned.add(attempt)
        attempt.add_done_callback(finished)
        attempt.cancel()


def connection_url(database_url: str) -> str:
    """The URL as libpq wants it: without the driver that SQLAlchemy lets one name. Raises Misconfigured."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise Misconfigured("BURSAR_DATABASE_URL must start with postgresql://")
    return f"postgresql://{rest}"


def _is_stale(connection: Connection) -> bool:
    """Whether an idle connection has something to say: its server went away since the last batch.

    Noticed before use, it costs a reconnect; noticed after, a delivery that comes back in an hour.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


def _sqlstate(error: BaseException) -> str | None:
    return error.sqlstate if isinstance(error, psycopg.Error) else None
