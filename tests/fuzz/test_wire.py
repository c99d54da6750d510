"""The same on a socket: whatever bytes come, an answer from the list or none, and the next one is served."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
import uvicorn
from structlog.testing import capture_logs

from bursar.sandbox.samples import stripe_event
from bursar.sandbox.signers import sign_stripe
from bursar.settings import Settings
from tests.fuzz import mutations
from tests.fuzz.campaign import ANSWERS, SECRETS
from tests.webhook_receiver.conftest import stored
from webhook_receiver.app import create_app
from webhook_receiver.server import make_server

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

SEED = 20260401
INPUTS = 1_500
AT_ONCE = 300
LIMIT_S = 60
ARRIVAL_LIMIT_S = 0.2
"""Many of these never become a whole request; the server looks once a second."""
ODD_LINES = (
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Length: 5\r\n"),
    *(b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n", b"Upgrade: h2c\r\n"),
    *(
        b" folded: line\r\n",
        b"no colon\r\n",
        b": no name\r\n",
        b"x:" + b"y" * 70_000 + b"\r\n",
        b"\r\n",
        b"\n",
    ),
    *(b"x: y\r\n" * 3_000, b"Host: a\r\n", b"Connection: close, keep-alive\r\n", b"x\xff: \xff\r\n"),
)
FIRST_LINES = (
    *(
        b"GET * HTTP/1.1",
        b"CONNECT a:1 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"POST /webhooks/stripe",
    ),
    *(
        b"POST http://[::1/ HTTP/1.1",
        b"POST /webhooks/%ff HTTP/1.1",
        b"POST //webhooks/stripe HTTP/1.1",
        b"\x16\x03\x01",
    ),
    *(
        b"POST /webhooks/stripe HTTP/1.0",
        b"POST /webhooks/stripe HTTP/9.9",
        b"POST /a b HTTP/1.1",
        b"POST ? HTTP/1.1",
    ),
    *(
        b"POST /webhooks/stripe?x=" + b"y" * 70_000 + b" HTTP/1.1",
        b"BREW /webhooks/stripe HTTP/1.1",
        b"POST /\xe9 HTTP/1.1",
    ),
)


def request(body: bytes) -> tuple[bytes, bytes]:
    """Head and body as a gateway sends them."""
    signed = sign_stripe(body, SECRETS["stripe"][0], int(time.time()))["stripe-signature"]
    head = f"POST /webhooks/stripe HTTP/1.1\r\nhost: r\r\nstripe-signature: {signed}\r\n"
    return f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode(), body


def spoiled(head: bytes, body: bytes, random: Random) -> bytes:
    """A request with something wrong in its head, in its framing or anywhere."""
    first, rest = head.split(b"\r\n", 1)
    return random.choice(
        [
            lambda: mutations.spoil_bytes(head, random) + body,
            lambda: mutations.flip_bits(head, random) + body,
            lambda: mutations.insert(head + body, random),
            lambda: mutations.truncate(head + body, random),
            lambda: random.choice(FIRST_LINES) + b"\r\n" + rest + body,
            lambda: first + b"\r\n" + random.choice(ODD_LINES) + rest + body,
            lambda: head + body + head + body,
            lambda: random.randbytes(random.choice([1, 100, 5_000])),
        ]
    )()


async def answer_to(port: int, sent: bytes) -> bytes:
    """The beginning of the answer; nothing when the server hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        return await reader.read(64)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@asynccontextmanager
async def serving(database_url: str) -> AsyncIterator[int]:
    settings = Settings(database_url=database_url, stripe_webhook_secret=SECRETS["stripe"][0].decode())
    app = create_app(settings, wake=lambda *_: True)
    server: uvicorn.Server = make_server(
        app, "127.0.0.1", 0, deliveries=app.webhooks.deliveries(), arrival_limit_s=ARRIVAL_LIMIT_S
    )
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(LIMIT_S):
        while not server.started:
            await asyncio.sleep(0)
        yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def test_no_bytes_on_a_socket_break_the_server_or_leave_an_unproven_row(database_url, caplog, capsys):
    random = Random(SEED)
    events = [stripe_event("payment_intent.succeeded", event_id=f"evt_{n:04}") for n in range(INPUTS + 1)]
    answers: list[bytes] = []

    with capture_logs() as lines:
        async with serving(database_url) as port:
            for start in range(0, INPUTS, AT_ONCE):
                batch = [spoiled(*request(body), random) for body in events[start : start + AT_ONCE]]
                answers += await asyncio.gather(*(answer_to(port, each) for each in batch))
            last = await answer_to(port, b"".join(request(events[-1])))

    statuses = {int(found[1]) for each in answers if (found := re.match(rb"HTTP/1\.[01] (\d{3})", each))}
    assert {200, 400, 404} <= statuses <= ANSWERS | {100}
    assert {each[:5] for each in answers} == {b"", b"HTTP/"}
    assert last.startswith(b"HTTP/1.1 200")
    assert set(stored(database_url, "body")) <= set(events)
    assert [line for line in lines if line["log_level"] == "error"] == []
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert capsys.readouterr().out.startswith("receiver listening")
