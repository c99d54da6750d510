"""One gateway's API over HTTP: scripted faults and idempotency keys around what the vendor does."""

import asyncio
import hashlib
import socket
import struct
from dataclasses import replace
from threading import RLock

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bursar.sandbox.fake.faults import EDGE, INSIDE, Fault, FaultKind, Faults
from bursar.sandbox.fake.keys import Clash, Keys
from bursar.sandbox.fake.vendor import Answer, Call, Decline, Trouble, Vendor
from bursar.sandbox.fake.wire import TRANSPORT

BODY_BYTES_MAX = 1024 * 1024
"""Bytes of one request. Stripe's largest, a session of a hundred lines, is a fiftieth of it."""
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_BAD_GATEWAY = Answer(status=502, body=_HTML, media_type="text/html", kept=False)
_NO_LINGER = struct.pack("ii", 1, 0)
_CLASHES = {
    Clash.OTHER_PARAMETERS: Trouble.KEY_OF_OTHER_PARAMETERS,
    Clash.IN_FLIGHT: Trouble.KEY_IN_FLIGHT,
}


class _Dropped(Exception):
    """The connection ends without an answer."""


class Endpoint:
    """An ASGI application: everything under one vendor's prefix."""

    def __init__(self, vendor: Vendor, faults: Faults, keys: Keys, lock: RLock) -> None:
        self._vendor = vendor
        self._faults = faults
        self._keys = keys
        self._lock = lock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or drop the connection as the script says."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(await _call_of(request))
        except _Dropped as dropped:
            await _drop(scope, receive, reset=bool(dropped.args))
            return
        response = Response(answer.body, answer.status, dict(answer.headers), answer.media_type)
        await response(scope, receive, send)

    async def _answer(self, call: Call) -> Answer:
        name = f"{self._vendor.name}.{self._vendor.operation(call) or 'unknown'}"
        with self._lock:
            fault = self._faults.take(name, EDGE)
        if fault:
            return await self._at_the_edge(fault)
        key = self._vendor.idempotency_key(call)
        if key is None:
            return await self._inside(call, self._take_inside(name))
        with self._lock:
            known = self._keys.begin(key, _question(call))
        if isinstance(known, Clash):
            return self._vendor.trouble(_CLASHES[known])
        if known:
            return replace(known, headers={**known.headers, **self._vendor.replayed})
        return await self._under(key, call, self._take_inside(name))

    async def _at_the_edge(self, fault: Fault) -> Answer:
        match fault.kind:
            case FaultKind.RATE_LIMITED:
                limited = self._vendor.trouble(Trouble.RATE_LIMITED)
                headers = {**limited.headers, "retry-after": str(fault.retry_after_s)}
                return replace(limited, headers=headers)
            case FaultKind.BAD_GATEWAY:
                return _BAD_GATEWAY
            case FaultKind.RESET:
                raise _Dropped("reset")
        await asyncio.sleep(fault.delay_s)
        raise _Dropped

    async def _under(self, key: str, call: Call, fault: Fault | None) -> Answer:
        """Act under a key. A connection that is dropped afterwards leaves the answer kept."""
        try:
            answer = self._act(call, fault)
            await self._linger(fault, FaultKind.SLOW)
        except BaseException:
            self._keys.forget(key)
            raise
        with self._lock:
            if answer.kept:
                self._keys.finish(key, answer)
            else:
                self._keys.forget(key)
        return await self._sent(answer, fault)

    async def _inside(self, call: Call, fault: Fault | None) -> Answer:
        answer = self._act(call, fault)
        await self._linger(fault, FaultKind.SLOW)
        return await self._sent(answer, fault)

    def _act(self, call: Call, fault: Fault | None) -> Answer:
        kind = fault.kind if fault else None
        if kind is FaultKind.SERVER_ERROR:
            return self._vendor.trouble(Trouble.SERVER_ERROR)
        declined = fault if fault and kind is FaultKind.DECLINE else None
        decline = Decline(code=declined.decline_code, advice=declined.advice_code) if declined else None
        with self._lock:
            self._vendor.catch_up()
            answer = self._vendor.act(call, decline)
        if kind is FaultKind.SERVER_ERROR_AFTER:
            return self._vendor.trouble(Trouble.SERVER_ERROR)
        return answer

    async def _sent(self, answer: Answer, fault: Fault | None) -> Answer:
        if fault and fault.kind is FaultKind.TIMEOUT_AFTER:
            await asyncio.sleep(fault.delay_s)
            raise _Dropped
        return answer

    async def _linger(self, fault: Fault | None, kind: FaultKind) -> None:
        if fault and fault.kind is kind:
            await asyncio.sleep(fault.delay_s)

    def _take_inside(self, name: str) -> Fault | None:
        with self._lock:
            return self._faults.take(name, INSIDE)


def _question(call: Call) -> bytes:
    """What a key stands for: the same key with another question is a mistake of the caller's."""
    asked = "\n".join((call.method, call.path, call.query, ""))
    return hashlib.sha256(asked.encode() + call.body).digest()


async def _call_of(request: Request) -> Call:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise _Dropped
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return Call(
        method=request.method,
        path=path,
        query=request.scope["query_string"].decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _drop(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection; with `reset` as a crashed peer does, by RST instead of FIN."""
    transport: asyncio.Transport = scope["state"][TRANSPORT]
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass  # uvicorn must see that nobody waits for an answer any more
