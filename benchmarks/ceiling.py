"""How fast could it be? One protocol class, one statement, one secret: no limits, refusals, counts or wakes.

It checks the signature and its age, parses the body, stores it durably in natural batches, once per event id,
and answers after the commit: what a receiver in this language cannot leave out. Nobody should run it: it
trusts its peer to send what it expects, and wakes nobody.

It stores through asyncpg, the fastest driver that one can install, or through the receiver's own link.
"""

import asyncio
import hmac
import os
import re
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import orjson
import psycopg
import uvloop

from bursar.ids import new_id
from webhook_receiver.arrays import BYTES, TEXTS, UUIDS, binary_array
from webhook_receiver.link import Link

BATCH_MAX = 200
INSERT_LIMIT_S = 4.0
AGE_S_MAX = 300
"""Of a signature, as Stripe advises: a delivery that leaked could be sent again for ever."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SIGNATURE = re.compile(rb"stripe-signature: *t=(\d+),v1=([0-9a-f]{64})", re.IGNORECASE)
_OK = (
    b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\ncontent-type: application/json\r\n\r\n" + b'{"received": true}'
)
_NO = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"
_NAME = b"ceiling"
_INSERT = """
    INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, body, key_id)
    SELECT id, 'stripe:test', event, event, type, body, 'ceiling'
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS n(id, event, type, body)
    ON CONFLICT (gateway_account, dedupe_key) DO NOTHING
"""
_KINDS = UUIDS, TEXTS, TEXTS, BYTES
Row = tuple[Any, str, str, bytes]
Store = Callable[[Sequence[Row]], Awaitable[object]]


class Flusher:
    """Commits what queued while the last commit ran."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: deque[tuple[Row, asyncio.WriteTransport]] = deque()
        self._offered = asyncio.Event()

    def offer(self, row: Row, transport: asyncio.WriteTransport) -> None:
        """Answer on this transport once the row is stored."""
        self._queue.append((row, transport))
        self._offered.set()

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._offered.wait()
            self._offered.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_MAX))]
                await self._store([row for row, _ in batch])
                loop.call_soon(self._answer, batch)  # while the database works on the next one

    def _answer(self, batch: list[tuple[Row, asyncio.WriteTransport]]) -> None:
        for _, transport in batch:
            transport.write(_OK)


class Protocol(asyncio.Protocol):
    """One connection that sends one request at a time."""

    def __init__(self, flusher: Flusher, secret: bytes) -> None:
        self._flusher = flusher
        self._secret = secret
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Take a whole request in."""
        self._data += data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or not length or len(body) < int(length[1]):
            return
        self._data = b""
        signature = _SIGNATURE.search(head)
        if not signature:
            self._transport.write(_NO)
            return
        expected = hmac.digest(self._secret, signature[1] + b"." + body, "sha256").hex()
        recent = abs(time.time() - int(signature[1])) <= AGE_S_MAX
        if not recent or not hmac.compare_digest(expected.encode(), signature[2]):
            self._transport.write(_NO)
            return
        event = orjson.loads(body)
        self._flusher.offer((new_id(), event["id"], event["type"], body), self._transport)


async def by_asyncpg(url: str) -> Store:
    """What one would install."""
    statement = await (await asyncpg.connect(url)).prepare(_INSERT)
    return lambda rows: statement.fetch(*zip(*rows, strict=True))


async def by_link(url: str) -> Store:
    """What the receiver has of its own."""
    link = Link(await psycopg.AsyncConnection.connect(url, autocommit=True))
    await link.prepare(_NAME, _INSERT.encode())

    def store(rows: Sequence[Row]) -> Awaitable[object]:
        columns = zip(*rows, strict=True)
        arrays = [binary_array(*each) for each in zip(_KINDS, columns, strict=True)]
        return link.execute(_NAME, arrays, INSERT_LIMIT_S)

    return store


DRIVERS = {"asyncpg": by_asyncpg, "link": by_link}


async def main() -> None:
    """Serve until killed."""
    url, secret = os.environ["LIMIT_DATABASE_URL"], os.environ["LIMIT_SECRET"].encode()
    flusher = Flusher(await DRIVERS[os.environ["LIMIT_DRIVER"]](url))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(flusher, secret), "127.0.0.1", 0)
    sys.stdout.write(f"url=http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await flusher.run()


if __name__ == "__main__":
    uvloop.run(main())
