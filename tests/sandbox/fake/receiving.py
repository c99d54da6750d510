"""A receiver that keeps what it is given and answers as a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bursar.gateways import strictjson
from bursar.gateways.protocol import Reading, Secret
from bursar.gateways.registry import GATEWAYS


@dataclass
class Delivery:
    gateway: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return strictjson.loads(self.body)

    def verified(self, secret: bytes, now_s: int) -> str:
        """The name of the secret that signed it; raises when it did not."""
        secrets = [Secret(value=secret, key_id="known")]
        return GATEWAYS[self.gateway].verify(self.body, self.headers, secrets, now_s)

    def read(self) -> Reading:
        return GATEWAYS[self.gateway].read(self.told["type"], self.told)


@dataclass
class Receiver:
    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What to answer next; 200 when there is nothing left."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, *event_types: str) -> None:
        """Until an event of each of these types has come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: set(event_types) <= set(self.types()), timeout=20)

    def types(self) -> list[str]:
        return [delivery.told["type"] for delivery in self.deliveries]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.arrived:
                receiver.deliveries.append(Delivery(self.path.rpartition("/")[2], headers, body))
                receiver.arrived.notify_all()
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
