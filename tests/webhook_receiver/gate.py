"""A TCP gate in front of the test database: shut, frozen or deaf, it shows what a failing network does."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict


class Gate:
    """Forwards connections to the database while open."""

    def __init__(self, database_url: str) -> None:
        self._to = conninfo_to_dict(database_url)
        self._passing = asyncio.Event()
        self._passing.set()
        self._answering = True
        self._pipes: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self.answers_swallowed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shut()

    @property
    def url(self) -> str:
        user, password = self._to.get("user"), self._to.get("password")
        account = quote(str(user)) + (f":{quote(str(password))}" if password else "") + "@" if user else ""
        return f"postgresql://{account}127.0.0.1:{self._port}/{self._to['dbname']}?sslmode=disable"

    async def open(self) -> None:
        """Let everything through; the port stays the same."""
        self._answering = True
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse connections and drop the open ones: the server is down."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for pipe in list(self._pipes):
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def freeze(self) -> None:
        """Let nothing through and close nothing: the server is stopped, or a cable is cut."""
        self._passing.clear()

    def swallow_answers(self) -> None:
        """The database does what it is told, and nobody hears of it."""
        self._answering = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._forward(reader, writer)
        finally:
            self._pipes.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_database, to_database = await self._connect()
        pipes = [
            asyncio.create_task(self._pipe(reader, to_database, answers=False)),
            asyncio.create_task(self._pipe(from_database, writer, answers=True)),
        ]
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            to_database.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._to.get("host", "127.0.0.1")), int(self._to.get("port") or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(65536):
            await self._passing.wait()
            if answers and not self._answering:
                self.answers_swallowed.set()
                continue
            writer.write(data)
            await writer.drain()
