"""A request that arrives whole takes the short way, any other the usual one: the answers are the same."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.webhook_receiver.sockets import LIMIT_S, serving
from webhook_receiver.answers import RECEIVED, Answer, Answered
from webhook_receiver.heads import Whole
from webhook_receiver.tally import HangUp

pytestmark = pytest.mark.anyio

POST = b"POST /in HTTP/1.1\r\nhost: r\r\n"
REFUSED = Answer(429, [(b"content-length", b"2")], b"no", close=True)


def whole(body: bytes, more: bytes = b"", head: bytes = POST) -> bytes:
    return head + more + b"content-length: %d\r\n\r\n" % len(body) + body


CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


@dataclass
class Desk:
    """Takes whole requests in and answers them when it is told to, or at once."""

    at_once: Answer | None = RECEIVED
    bodies: list[bytes] = field(default_factory=list)
    waiting: list[Answered] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, peer: str | None, whole: Whole, answered: Answered) -> None:
        assert whole.headers["host"] == "r"
        assert peer == "127.0.0.1"
        self.bodies.append(whole.body)
        self.arrived.set()
        if self.at_once:
            answered(self.at_once)
        else:
            self.waiting.append(answered)


async def conversation(port: int, *packets: bytes, until: Callable[[bytes], bool]) -> bytes:
    """Send, packet by packet, and read until it is enough or the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(LIMIT_S):
        for packet in packets:
            writer.write(packet)
            await writer.drain()
            await asyncio.sleep(0.02)
        said = b""
        while not until(said) and (piece := await reader.read(4096)):
            said += piece
    writer.close()
    return said


def answers(count: int) -> Callable[[bytes], bool]:
    return lambda said: said.count(b"HTTP/1.1 ") == count and not said.endswith(b"\r\n")


def received(said: bytes) -> int:
    return said.count(b'\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{"received": true}')


@pytest.mark.parametrize(
    ("sent", "body"),
    [(whole(b"abc"), b"abc"), (whole(b""), b""), (whole(b"x" * 9_000), b"x" * 9_000)],
    ids=["short", "empty", "long"],
)
async def test_a_whole_request_is_handed_over_and_answered(
    sent: bytes, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    async with serving(capsys, deliveries={"/in": desk}) as port:
        said = await conversation(port, sent, sent, until=answers(2))

    assert desk.bodies == [body, body]
    assert (received(said), said.count(b"\r\ndate: "), said.count(b"connection: close")) == (2, 2, 0)


@pytest.mark.parametrize(
    "packets",
    [
        (POST + b"content-length: 5\r\n\r\nabc", b"de"),
        (POST, b"content-length: 3\r\n\r\n", b"abc"),
        (CHUNKED,),
        (whole(b"abc")[:-7], b"\r\n\r\nabc"),
        (whole(b"1") + whole(b"2"),),
        (whole(b"abc", head=b"POST /in?x HTTP/1.1\r\nhost: r\r\n"),),
        (whole(b"abc", head=b"PUT /in HTTP/1.1\r\nhost: r\r\n"),),
        (whole(b"abc", b"expect: 100-continue\r\n"),),
        (POST + b"content-length: 3\r\nconnection: close\r\n\r\n", b"abc"),
        (whole(b"abc", head=b"POST /in HTTP/1.0\r\nhost: r\r\n"),),
    ],
    ids=[
        "half a body",
        "no body yet",
        "chunked",
        "half a head",
        "two",
        "a query",
        "another method",
        "expect",
        "close",
        "HTTP/1.0",
    ],
)
async def test_any_other_request_goes_to_the_application(
    packets: tuple[bytes, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    async with serving(capsys, deliveries={"/in": desk}) as port:
        said = await conversation(port, *packets, until=lambda said: b"content-length: 0\r\n" in said)

    assert desk.bodies == []
    assert b"HTTP/1.1 200 OK\r\n" in said


async def test_requests_behind_an_unanswered_one_are_answered_in_their_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(at_once=None)
    async with serving(capsys, deliveries={"/in": desk}) as port:
        talk = asyncio.ensure_future(
            conversation(port, whole(b"1"), whole(b"2"), until=lambda said: said.count(b"HTTP/1.1 ") == 2)
        )
        await desk.arrived.wait()
        await asyncio.sleep(0.05)
        desk.waiting.pop()(RECEIVED)
        said = await talk

    assert desk.bodies == [b"1"]
    first, second = said.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert (b"received" in first, b"received" in second) == (True, False)


async def test_a_request_behind_another_kind_is_handed_over(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    async with serving(capsys, deliveries={"/in": desk}) as port:
        said = await conversation(
            port, CHUNKED, whole(b"1"), until=lambda said: b"received" in said and said.count(b"HTTP") == 2
        )

    assert (desk.bodies, received(said)) == ([b"1"], 1)


async def test_a_connection_whose_answer_says_so_is_closed_behind_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(at_once=REFUSED)
    async with serving(capsys, deliveries={"/in": desk}) as port:
        said = await conversation(port, whole(b"1"), until=lambda _: False)

    assert desk.bodies == [b"1"]
    assert (said.count(b"HTTP/1.1 "), said.count(b"\r\nconnection: close\r\n")) == (1, 1)


async def test_nothing_is_answered_behind_a_request_that_asks_to_close(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    async with serving(capsys, deliveries={"/in": desk}) as port:
        sent = whole(b"1", b"connection: close\r\n") + whole(b"2")
        said = await conversation(port, sent, until=lambda _: False)

    assert desk.bodies == []
    assert (said.count(b"HTTP/1.1 "), said.count(b"\r\nconnection: close\r\n")) == (1, 1)


async def test_bytes_that_are_no_body_are_refused_once(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    sent = POST + b"transfer-encoding: chunked\r\n\r\nzz\r\nabc"
    async with serving(capsys, deliveries={"/in": desk}) as port:
        said = await conversation(port, sent, until=lambda _: False)

    assert desk.bodies == []
    assert said.count(b"HTTP/1.1 ") == said.count(b"HTTP/1.1 400 ") == 1


async def test_a_sender_who_leaves_before_the_answer_disturbs_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(at_once=None)
    async with serving(capsys, deliveries={"/in": desk}) as port:
        await conversation(port, whole(b"1"), until=lambda _: True)
        await asyncio.wait_for(desk.arrived.wait(), LIMIT_S)
        await asyncio.sleep(0.05)
        desk.waiting.pop()(RECEIVED)
        desk.at_once = RECEIVED
        said = await conversation(port, whole(b"2"), until=answers(1))

    assert (desk.bodies, received(said)) == ([b"1", b"2"], 1)


async def test_a_stop_waits_for_the_answer_of_a_request_in_flight(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(at_once=None)
    async with asyncio.timeout(LIMIT_S):
        async with serving(capsys, deliveries={"/in": desk}) as port:
            talk = asyncio.ensure_future(conversation(port, whole(b"1"), until=lambda _: False))
            await desk.arrived.wait()
            asyncio.get_running_loop().call_later(0.3, desk.waiting.pop(), RECEIVED)
        said = await talk

    assert received(said.replace(b"connection: close\r\n", b"")) == 1
    assert b"\r\nconnection: close\r\n" in said


async def test_a_connection_on_which_no_more_deliveries_come_is_closed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hang_ups: Counter[HangUp] = Counter()
    async with serving(capsys, deliveries={"/in": Desk()}, hang_ups=hang_ups, keep_alive_s=0) as port:
        said = await conversation(port, whole(b"abc"), until=lambda _: False)

    assert received(said) == 1
    assert hang_ups == {}
