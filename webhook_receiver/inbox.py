"""The inbox table as the receiver sees it: one connection, one statement, two kinds of failure. No queue."""

import asyncio
from collections.abc import Sequence
from typing import LiteralString

import psycopg
import structlog

from bursar.errors import Misconfigured, Refused, Transient
from webhook_receiver.link import Link
from webhook_receiver.rows import Row, binary_columns

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


_INSERT: LiteralString = """
    INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, object_id,
                                api_version, livemode, occurred_at, body, key_id)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::bool[], $9::timestamptz[], $10::bytea[], $11::text[])
    ON CONFLICT (gateway_account, dedupe_key) DO NOTHING
    RETURNING id
"""
_NAME = b"bursar_inbox"
_SETTINGS: LiteralString = """
    SELECT set_config('synchronous_commit', 'on', false),
           set_config('lock_timeout', %s, false),
           set_config('statement_timeout', %s, false)
"""

_ROW_ERRORS = (
    UnicodeError,  # a lone surrogate
    psycopg.DataError,  # a NUL
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,  # a name too long for its index
)
"""The row's own fault: the same row fails for ever, its neighbours need not."""


class Inbox:
    """Inserts batches on a connection of its own, and mends that connection. One caller at a time."""

    def __init__(self, database_url: str, *, insert_limit_s: float = INSERT_LIMIT_S) -> None:
        self._url = connection_url(database_url)
        self._insert_limit_s = insert_limit_s
        self._link: Link | None = None
        self._pause_s = RECONNECT_MIN_S
        self._next_attempt_at = 0.0
        self._abandoned: set[asyncio.Task[Link]] = set()

    async def insert(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Store all rows in one commit; return those that were new. Raises RowRefused or DatabaseAway."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._insert_limit_s
        link = None
        try:
            columns = binary_columns(rows)
            link = await self._linked()
            new = await link.execute(_NAME, columns, deadline - clock())
        except _ROW_ERRORS as error:
            raise RowRefused(type(error).__name__) from error
        except (psycopg.Error, OSError) as error:
            self._drop(link)
            log.warning("inbox.unavailable", error=type(error).__name__, sqlstate=_sqlstate(error))
            raise DatabaseAway(type(error).__name__) from error
        if new.ntuples == len(rows):
            return rows
        ids = {new.get_value(n, 0) for n in range(new.ntuples)}
        return [row for row in rows if row.id.bytes in ids]

    async def close(self) -> None:
        """Give the connection back."""
        for attempt in list(self._abandoned):
            attempt.cancel()
        self._drop(self._link)

    async def _linked(self) -> Link:
        if self._link is not None and self._link.stale:
            self._drop(self._link)
        if self._link is None:
            self._link = await self._connect_in_time()
        return self._link

    async def _connect_in_time(self) -> Link:
        """The driver waits for a frozen server to answer its cancellation: such an attempt is left behind."""
        attempt = asyncio.ensure_future(self._connect())
        try:
            done, _ = await asyncio.wait({attempt}, timeout=self._insert_limit_s)
        except asyncio.CancelledError:
            self._abandon(attempt)
            raise
        if not done:
            self._abandon(attempt)
            raise DatabaseAway("the database did not answer in time")
        return attempt.result()

    async def _connect(self) -> Link:
        now = asyncio.get_running_loop().time()
        if now < self._next_attempt_at:
            raise DatabaseAway("the database was away a moment ago")
        self._next_attempt_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, RECONNECT_MAX_S)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, client_encoding="utf8"
            )
            await connection.execute(_SETTINGS, (f"{LOCK_TIMEOUT_MS}", f"{STATEMENT_TIMEOUT_MS}"))
            link = Link(connection)
            try:
                await link.prepare(_NAME, _INSERT.encode())
            except BaseException:
                link.close()
                raise
        self._pause_s, self._next_attempt_at = RECONNECT_MIN_S, 0.0
        return link

    def _drop(self, link: Link | None) -> None:
        if link is not None:
            self._link = None if self._link is link else self._link
            link.close()

    def _abandon(self, attempt: asyncio.Task[Link]) -> None:
        def finished(_: asyncio.Task[Link]) -> None:
            self._abandoned.discard(attempt)
            if not attempt.cancelled() and attempt.exception() is None:
                attempt.result().close()

        self._abandoned.add(attempt)
        attempt.add_done_callback(finished)
        attempt.cancel()


def connection_url(database_url: str) -> str:
    """The URL as libpq wants it: without the driver that SQLAlchemy lets one name. Raises Misconfigured."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise Misconfigured("BURSAR_DATABASE_URL must start with postgresql://")
    return f"postgresql://{rest}"


def _sqlstate(error: BaseException) -> str | None:
    return error.sqlstate if isinstance(error, psycopg.Error) else None
