"""One connection that runs prepared statements, one at a time. Knows no tables, mends nothing.

It speaks to libpq through psycopg, which connects, but waits on its own: the driver's general way of waiting
for an answer costs as much processor as taking in ten events.
"""

import asyncio
import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_SUCCESSES = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}


class Link:
    """A connection in autocommit that this object alone uses from now on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection  # it would close its socket when nobody held it
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 1
        self._socket = self._libpq.socket
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)
        self._results: list[pq.abc.PGresult] = []
        self._answer: asyncio.Future[pq.abc.PGresult] | None = None
        self._closed = False

    @property
    def stale(self) -> bool:
        """Whether an idle connection has something to say: its server went away since the last statement.

        Noticed before use, it costs a reconnect; noticed after, a delivery that comes back in an hour.
        """
        if self._closed or self._libpq.status != pq.ConnStatus.OK:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))

    async def prepare(self, name: bytes, statement: bytes) -> None:
        """Have a statement parsed once. Raises psycopg.Error."""
        self._libpq.send_prepare(name, statement)
        await self._answered()

    async def execute(self, name: bytes, parameters: Sequence[bytes], limit_s: float) -> pq.abc.PGresult:
        """Run a prepared statement, binary in and out, and see it committed. Raises psycopg.Error.

        A server that does not answer in time answers no cancellation either: the connection is closed.
        """
        formats = [pq.Format.BINARY] * len(parameters)
        self._libpq.send_query_prepared(name, parameters, formats, result_format=pq.Format.BINARY)
        overdue = self._loop.call_later(limit_s, self._fail, psycopg.OperationalError("no answer in time"))
        try:
            return await self._answered()
        finally:
            overdue.cancel()

    def close(self) -> None:
        """Give the connection back, at once. Whoever waits for an answer is told."""
        self._fail(psycopg.OperationalError("the connection was closed"))

    async def _answered(self) -> pq.abc.PGresult:
        self._results = []
        self._answer = self._loop.create_future()
        if self._libpq.flush():
            self._loop.add_writer(self._socket, self._writable)
        return await self._answer

    def _writable(self) -> None:
        """Send more of a statement that is larger than the socket's buffer."""
        try:
            if not self._libpq.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._fail(error)

    def _readable(self) -> None:
        """Take what the server says; it has said everything when it is ready for another statement.

        Not before: the rows of an INSERT come before its commit.
        """
        try:
            self._libpq.consume_input()
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None:
                    self._settle()
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self._fail(error)

    def _settle(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return  # a notice to nobody, or to somebody who has gone
        failed = next((result for result in self._results if result.status not in _SUCCESSES), None)
        if failed is not None:
            answer.set_exception(psycopg.errors.error_from_result(failed))
        else:
            answer.set_result(self._results[-1])

    def _fail(self, error: psycopg.Error) -> None:
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._libpq.finish()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
