"""The receiver on a socket: uvicorn, with the limits it lacks. Knows no routes."""

import asyncio
import gc
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from webhook_receiver.answers import Deliver
from webhook_receiver.protocol import Protocol
from webhook_receiver.tally import HangUp

ARRIVAL_LIMIT_S = 20.0
"""Seconds from a request's first byte to its last, on any path; a body has its own 10 s and a 408."""
KEEP_ALIVE_S = 75
"""Longer than the 60 s of common proxies, so that it is they who close idle connections."""
DRAIN_LIMIT_S = 15
"""Seconds for answers in flight at shutdown: a slow body and its commit."""
BACKLOG = 2_048
"""Connections the kernel holds for us while a burst begins."""


class Server(uvicorn.Server):
    """uvicorn's server that says where it listens and closes connections that nobody uses."""

    def __init__(self, config: uvicorn.Config, arrival_limit_s: float) -> None:
        super().__init__(config)
        self._arrival_limit_s = arrival_limit_s
        config.callback_notify = self.close_the_slow_and_the_idle

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so in one line."""
        await super().startup(sockets=sockets)
        gc.freeze()  # what is loaded by now stays loaded: the collector need not look at it again and again
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        sys.stdout.write(f"receiver listening url=http://{f'[{host}]' if ':' in host else host}:{port}\n")
        sys.stdout.flush()

    async def close_the_slow_and_the_idle(self) -> None:
        """Close connections whose request did not arrive in time, or on which none came for long.

        uvicorn calls it every second. The timers of what came through its own parser are uvicorn's.
        """
        now = asyncio.get_running_loop().time()
        slow, idle = now - self._arrival_limit_s, now - self.config.timeout_keep_alive
        for connection in list(self.server_state.connections):
            if not isinstance(connection, Protocol):
                continue
            if (connection.arriving_since or slow) < slow:
                connection.hang_up(HangUp.TOO_SLOW)
            elif (connection.idle_since or idle) < idle:
                connection.rest()


def make_server(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    deliveries: Mapping[str, Deliver] | None = None,
    hang_ups: Counter[HangUp] | None = None,
    arrival_limit_s: float = ARRIVAL_LIMIT_S,
    keep_alive_s: int = KEEP_ALIVE_S,
) -> Server:
    """One process on one loop: a second one gains nothing on the database's disk.

    `deliveries` take in, by their target, POSTs that arrive whole; the application gets everything else.
    """
    protocol = partial(
        Protocol, hang_ups=Counter() if hang_ups is None else hang_ups, deliveries=deliveries or {}
    )
    options: dict[str, Any] = {"loop": "uvloop", "http": protocol, "ws": "none", "lifespan": "on"}
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        **options,
        log_config=None,
        log_level="error",  # it warns of each request that is no HTTP: we count them, anybody can send them
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it believes everybody on the loopback interface; senders.py knows better
        backlog=BACKLOG,
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=DRAIN_LIMIT_S,
        timeout_notify=1,
    )
    return Server(config, arrival_limit_s)
