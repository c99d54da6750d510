"""HTTP/1.1 on one connection: uvicorn's, with the limits it lacks and a short way for ordinary deliveries.

A gateway sends a whole request in one packet. Such a request needs no task, no future and no application:
it is handed over as a value, and its answer written when it comes. All others go the usual way.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from webhook_receiver.answers import RECEIVED, Answer, Deliver, Headers
from webhook_receiver.heads import Whole, find_whole
from webhook_receiver.tally import HangUp

HEAD_BYTES_MAX = 64 * 1024
"""Bytes of an unfinished head; the parser itself would keep gigabytes."""


class Handed(RequestResponseCycle):
    """A request that was handed over whole, where uvicorn keeps the request it is about to answer."""

    message_event = asyncio.Event()  # nobody waits for more of it

    def __init__(self, protocol: "Protocol") -> None:
        self._protocol = protocol
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False

    def answer(self, answer: Answer) -> None:
        """Send this."""
        self.response_complete = True
        self._protocol.answer(answer, close=answer.close or not self.keep_alive)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that neither waits for a head for ever nor keeps an endless one."""

    def __init__(
        self, *arguments: Any, hang_ups: Counter[HangUp], deliveries: Mapping[str, Deliver], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._hang_ups = hang_ups
        self._deliveries = deliveries
        self._in_message = False
        self._in_head = False
        self._head_bytes = 0
        self.idle_since: float | None = None
        """Since a delivery was answered; a timer for each would cost as much as finding the request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Start the clock: a connection that says nothing is as slow as one that says little."""
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else None
        self.arriving_since: float | None = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Hand a delivery over, or feed the parser; close when a head grows without end."""
        whole = find_whole(data) if self._is_free() else None
        deliver = self._deliveries.get(whole.target) if whole else None
        if whole and deliver:
            self._hand_over(whole, deliver)
            return
        self.idle_since = None
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.hang_up(HangUp.ENDLESS_HEAD)

    def on_message_begin(self) -> None:
        """Start the clock of the next request."""
        super().on_message_begin()
        self.arriving_since = self.loop.time()
        self._in_message = self._in_head = True

    def on_headers_complete(self) -> None:
        """The head is in hand."""
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is in hand; uvicorn's keep-alive clock runs from here."""
        self.arriving_since = None
        self._in_message = False
        super().on_message_complete()

    def answer(self, answer: Answer, *, close: bool) -> None:
        """Answer the request that was handed over, unless nobody is there any more."""
        if self.transport.is_closing():
            return
        self.transport.write(_WRITER.write(answer, self.server_state.default_headers, close=close))
        if close:
            self.transport.close()
        if close or self.pipeline:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self.flow.resume_reading()
            self.idle_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or could be read as two different requests."""
        self._hang_ups[HangUp.NOT_HTTP] += 1
        super().send_400_response(msg)

    def rest(self) -> None:
        """Close: the peer sent nothing more for the time that a connection is kept."""
        if self._is_free():
            self.transport.close()

    def hang_up(self, reason: HangUp) -> None:
        """Close without an answer: whoever sends this does not read one."""
        if not self.transport.is_closing():
            self._hang_ups[reason] += 1
            self.transport.close()

    def _is_free(self) -> bool:
        """Whether the parser waits for nothing, and nobody for the answer to an earlier request."""
        return (
            not self._in_message
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr] # None at first
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _hand_over(self, whole: Whole, deliver: Deliver) -> None:
        self._unset_keepalive_if_required()
        self.arriving_since = self.idle_since = None
        self.cycle = handed = Handed(self)
        deliver(self._peer, whole, handed.answer)


class _Writer:
    """Writes answers; keeps the one that nearly everybody gets, for the second its date is right."""

    def __init__(self) -> None:
        self._usual: Headers = ()
        self._received = b""

    def write(self, answer: Answer, usual: Headers, *, close: bool) -> bytes:
        if answer is not RECEIVED or close:
            return _written(answer, usual, close=close)
        if usual is not self._usual:
            self._usual, self._received = usual, _written(answer, usual, close=close)
        return self._received


_WRITER = _Writer()


def _written(answer: Answer, usual: Headers, *, close: bool) -> bytes:
    parts = [STATUS_LINE[answer.status]]
    for name, value in (*usual, *answer.headers):
        parts += name, b": ", value, b"\r\n"
    if close:
        parts.append(b"connection: close\r\n")
    parts += b"\r\n", answer.body
    return b"".join(parts)
