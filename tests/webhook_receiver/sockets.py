"""A server on a socket in this process, with an application that answers everything alike."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
import uvicorn

from webhook_receiver.answers import Deliver
from webhook_receiver.server import make_server
from webhook_receiver.tally import HangUp

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
async def serving(
    capsys: pytest.CaptureFixture[str],
    arrival_limit_s: float = LIMIT_S,
    hang_ups: Counter[HangUp] | None = None,
    app: object = echo,
    deliveries: Mapping[str, Deliver] | None = None,
    keep_alive_s: int = LIMIT_S,
) -> AsyncIterator[int]:
    server: uvicorn.Server = make_server(
        app,
        "127.0.0.1",
        0,
        arrival_limit_s=arrival_limit_s,
        hang_ups=hang_ups,
        deliveries=deliveries,
        keep_alive_s=keep_alive_s,
    )
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(LIMIT_S):
        while not server.started:
            await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running
    assert capsys.readouterr().out.startswith("receiver listening url=http://127.0.0.1:")
