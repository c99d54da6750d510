"""A real HTTP server for the fake gateways, in a thread of this process. Loopback only."""

import socket
from threading import Event, Thread
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from bursar.errors import invariant
from bursar.sandbox.fake.control import control_routes
from bursar.sandbox.fake.endpoint import Endpoint
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.loop import HttpThread
from bursar.sandbox.fake.page import page_routes

HOST = "127.0.0.1"
COURIER_EVERY_S = 0.02
"""Seconds between two looks at what is due: sooner than a payer notices."""
AT_ONCE = 8
"""Deliveries on their way together: what belongs to one payment meets at the receiver."""
STOP_S_MAX = 10.0
"""Seconds to wait for the courier; a delivery in flight takes five at most."""


def create_app(gateways: FakeGateways) -> Starlette:
    """Each vendor under its prefix, the hosted page, and the script's way in."""
    vendors: list[BaseRoute] = [
        Mount(f"/{name}", Endpoint(vendor, gateways.faults, gateways.keys[name], gateways.lock))
        for name, vendor in gateways.vendors.items()
    ]
    return Starlette(routes=[*control_routes(gateways), *page_routes(gateways), *vendors])


class FakeServer:
    """Serves from `start` to `close`. With a courier, events are delivered as they fall due by themselves;
    without, only when the script says `webhooks.deliver()`.
    """

    def __init__(self, gateways: FakeGateways, *, port: int = 0, courier: bool = False) -> None:
        self.gateways = gateways
        self._port = port
        self._courier = courier
        self._http: HttpThread | None = None
        self._deliveries = Thread(target=self._deliver, name="fake-courier", daemon=True)
        self._over = Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Listen; connections are accepted as soon as this returns. Raises OSError when the port is taken."""
        invariant(self._http is None, "a fake server starts once")
        listening = socket.create_server((HOST, self._port))
        # Connections inherit it. asyncio sets it only on sockets that it made; without it answers take 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.gateways.url = f"http://{HOST}:{listening.getsockname()[1]}"
        self._http = HttpThread(create_app(self.gateways), listening)
        self._http.start()
        if self._courier:
            self._deliveries.start()

    def close(self) -> None:
        """Stop both threads. Deliveries still due are not made."""
        self._over.set()
        if self._http:
            self._http.stop()
        if self._deliveries.is_alive():
            self._deliveries.join(STOP_S_MAX)

    def _deliver(self) -> None:
        while not self._over.wait(COURIER_EVERY_S):
            self.gateways.catch_up()
            self.gateways.webhooks.deliver(at_once=AT_ONCE)
