"""HTTP/1.1 on one connection: uvicorn's, with the limits it lacks and a short way for ordinary deliveries.

A gateway sends a whole request in one packet. Such a request needs no task, no future and no application:
it is handed over as a value, and its answer written when it comes. All others go the usual way.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from webhook_receiver.answers import Answer, Answered, Deliver, Headers
from webhook_receiver.tally import HangUp

HEAD_BYTES_MAX = 64 * 1024
"""Bytes of an unfinished head; the parser itself would keep gigabytes."""


class Handed(RequestResponseCycle):
    """A request that was handed over whole, where uvicorn keeps the request it is about to answer."""

    message_event = asyncio.Event()  # nobody waits for more of it

    def __init__(self, protocol: "Protocol", *, keep_alive: bool) -> None:
        self._protocol = protocol
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    def answer(self, answer: Answer) -> None:
        """Send this."""
        self.response_complete = True
        self._protocol.answer(answer, close=answer.close or not self.keep_alive)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that neither waits for a head for ever nor keeps an endless one."""

    def __init__(
        self, *arguments: Any, hang_ups: Counter[HangUp], deliveries: Mapping[bytes, Deliver], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._hang_ups = hang_ups
        self._deliveries = deliveries
        self._in_head = False
        self._head_bytes = 0
        self._deliver: Deliver | None = None
        self._pieces: list[bytes] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Start the clock: a connection that says nothing is as slow as one that says little."""
        super().connection_made(transport)
        self.arriving_since: float | None = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; close when the head grows without end."""
        super().data_received(data)
        if self._deliver is not None:
            self._go_the_usual_way()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.hang_up(HangUp.ENDLESS_HEAD)

    def on_message_begin(self) -> None:
        """Start the clock of the next request."""
        super().on_message_begin()
        self.arriving_since = self.loop.time()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """The head is in hand; where deliveries go, the body is probably in hand too."""
        self._in_head = False
        self._head_bytes = 0
        deliver = self._deliveries.get(self.url)
        if self.transport.is_closing():
            self._deliver, self._pieces = _ignore, []
        elif deliver is not None and self._is_ordinary():
            self._deliver, self._pieces = deliver, []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep what belongs to a delivery that may be whole."""
        if self._deliver is not None:
            self._pieces.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is in hand; uvicorn's keep-alive clock runs from here."""
        self.arriving_since = None
        deliver, self._deliver = self._deliver, None
        if deliver is None:
            super().on_message_complete()
            return
        self.cycle = handed = Handed(self, keep_alive=self.parser.should_keep_alive())
        deliver(cast(Scope, self.scope), b"".join(self._pieces), handed.answer)

    def answer(self, answer: Answer, *, close: bool) -> None:
        """Answer the request that was handed over, unless nobody is there any more."""
        if self.transport.is_closing():
            return
        self.transport.write(_written(answer, self.server_state.default_headers, close=close))
        if close:
            self.transport.close()
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or could be read as two different requests."""
        self._hang_ups[HangUp.NOT_HTTP] += 1
        super().send_400_response(msg)

    def hang_up(self, reason: HangUp) -> None:
        """Close without an answer: whoever sends this does not read one."""
        if not self.transport.is_closing():
            self._hang_ups[reason] += 1
            self.transport.close()

    def _is_ordinary(self) -> bool:
        """Whether nothing about this request, or the one before it, needs more than an answer."""
        return (
            self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr] # None at first
            and not self.flow.write_paused
        )

    def _go_the_usual_way(self) -> None:
        """Give the application a request whose body takes longer, as if nothing had been tried."""
        self._deliver = None
        if self.transport.is_closing():
            return  # what came was no body
        super().on_headers_complete()
        for piece in self._pieces:
            super().on_body(piece)


def _ignore(_scope: Scope, _body: bytes, _answered: Answered) -> None:
    """What was sent behind a request whose answer closes the connection was never asked for."""


def _written(answer: Answer, usual: Headers, *, close: bool) -> bytes:
    parts = [STATUS_LINE[answer.status]]
    for name, value in (*usual, *answer.headers):
        parts += name, b": ", value, b"\r\n"
    if close:
        parts.append(b"connection: close\r\n")
    parts += b"\r\n", answer.body
    return b"".join(parts)
