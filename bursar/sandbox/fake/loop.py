"""HTTP on one socket, in a thread with an event loop of its own, that stops as soon as it is told to.

uvicorn's Server looks ten times a second whether it should stop, and then waits for its clients: a fifth of
a second for each of hundreds of tests.
"""

import asyncio
import socket
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from bursar.sandbox.fake.wire import DroppableProtocol

STOP_S_MAX = 10.0
"""Seconds to wait for the thread; it has nothing to finish."""


class HttpThread:
    """Serves an application on a listening socket, which it closes in the end."""

    def __init__(self, app: ASGIApp, listening: socket.socket) -> None:
        self._app = app
        self._listening = listening
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="fake-gateways", daemon=True)
        self._serving = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        self._serving.wait(STOP_S_MAX)

    def stop(self) -> None:
        """Drop every connection and end the thread."""
        if self._loop and self._over:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STOP_S_MAX)

    async def _serve(self) -> None:
        # No date header: a gateway says the time of its own clock.
        config = uvicorn.Config(self._app, ws="none", lifespan="off", log_config=None, date_header=False)
        config.load()
        state = ServerState()
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(
            lambda: DroppableProtocol(config, state, {}), sock=self._listening
        )
        self._serving.set()
        await self._over.wait()
        server.close()
        for connection in tuple(state.connections):
            connection.transport.abort()
