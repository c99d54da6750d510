"""Connections that never finish a request are hung up on, and the others do not notice."""

import asyncio
from collections import Counter

import pytest

from tests.webhook_receiver.sockets import HEAD, LIMIT_S, echo, serving
from webhook_receiver.protocol import HEAD_BYTES_MAX
from webhook_receiver.tally import HangUp

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "begun", [b"", HEAD, HEAD + b"content-length: 9\r\n\r\nabc"], ids=["nothing", "head", "body"]
)
async def test_a_request_that_never_arrives_is_hung_up_on(
    begun: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    hang_ups: Counter[HangUp] = Counter()
    async with serving(capsys, 0.01, hang_ups) as port, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)

        assert await reader.read() == b""

        writer.close()
    assert hang_ups == {HangUp.TOO_SLOW: 1}


async def test_an_endless_head_is_hung_up_on(capsys: pytest.CaptureFixture[str]) -> None:
    hang_ups: Counter[HangUp] = Counter()
    async with serving(capsys, hang_ups=hang_ups) as port, asyncio.timeout(LIMIT_S):
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
    assert hang_ups == {HangUp.ENDLESS_HEAD: 1}


TWO_READINGS = {
    "a length and chunks": b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
    "chunks that are not the last coding": b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a negative length": b"content-length: -3\r\n\r\nabc",
    "a space before the colon": b"content-length : 3\r\n\r\nabc",
    "a chunk whose size is no number": b"transfer-encoding: chunked\r\n\r\nxyz\r\nabc",
    "a NUL in a value": b"x: a\x00b\r\n\r\n",
}


@pytest.mark.parametrize("case", TWO_READINGS)
async def test_what_a_proxy_could_read_as_another_request_is_refused_and_counted(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hang_ups: Counter[HangUp] = Counter()
    async with serving(capsys, hang_ups=hang_ups) as port, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + TWO_READINGS[case])
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert hang_ups == {HangUp.NOT_HTTP: 1}


async def test_a_forwarded_address_is_left_to_those_who_know_the_proxies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    async def noting(scope: dict, receive: object, send: object) -> None:
        if scope["type"] == "http":
            seen.append(scope["client"][0])
        await echo(scope, receive, send)

    async with serving(capsys, app=noting) as port, asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"x-forwarded-for: 52.66.75.174\r\nx-forwarded-proto: https\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert seen == ["127.0.0.1"]


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
