"""Connections that never finish a request are hung up on, and the others do not notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from webhook_receiver.server import HEAD_BYTES_MAX, make_server

pytestmark = pytest.mark.anyio

LIMIT_S = 30
HEAD = b"POST / HTTP/1.1\r\nhost: r\r\n"


async def echo(scope: dict, receive: object, send: object) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(capsys: pytest.CaptureFixture[str], arrival_limit_s: float) -> AsyncIterator[int]:
    server: uvicorn.Server = make_server(echo, "127.0.0.1", 0, arrival_limit_s=arrival_limit_s)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(LIMIT_S):
        while not server.started:
            await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running
    assert capsys.readouterr().out.startswith("receiver listening url=http://127.0.0.1:")


@pytest.mark.parametrize(
    "begun", [b"", HEAD, HEAD + b"content-length: 9\r\n\r\nabc"], ids=["nothing", "head", "body"]
)
async def test_a_request_that_never_arrives_is_hung_up_on(
    begun: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(capsys, arrival_limit_s=0.01) as port, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)

        assert await reader.read() == b""

        writer.close()


async def test_an_endless_head_is_hung_up_on(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(capsys, arrival_limit_s=LIMIT_S) as port, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = 0
        writer.write(HEAD)
        with pytest.raises(ConnectionError):  # noqa: PT012 - the write that fails is any of these
            while sent < 100 * HEAD_BYTES_MAX:
                writer.write(b"x: " + b"y" * 8_189 + b"\r\n")
                await writer.drain()
                sent += 8_194
            await reader.read()

        writer.close()


async def test_a_kept_alive_connection_may_be_idle_longer_than_a_request_may_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serving(capsys, arrival_limit_s=0.01) as port, asyncio.timeout(LIMIT_S):
        slow, writer_of_slow = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = HEAD + b"content-length: 3\r\n\r\nabc"
        writer.write(request)
        first = await reader.readuntil(b"\r\n\r\n")
        await slow.read()  # another one was hung up on, so the clock has run out
        writer.write(request)
        second = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        writer_of_slow.close()

    assert (first[:15], second[:15]) == (b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK")
