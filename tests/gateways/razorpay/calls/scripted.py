"""A server that answers what a test says, byte for byte, and remembers what it was asked."""

import json
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bursar.gateways.api.protocol import Credentials
from bursar.gateways.razorpay.api import RazorpayApi

KEY_ID, SECRET = "rzp_test_scripted00001", "scripted_key_secret"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]
    port: int
    """The caller's: one connection has one."""


@dataclass(frozen=True)
class Says:
    """One answer. `drop`: the connection ends without one."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


def says(status: int = 200, /, **fields: Any) -> Says:
    return Says(status, json.dumps(fields).encode())


def error(status: int, /, **fields: Any) -> Says:
    return says(status, error={"code": "BAD_REQUEST_ERROR", **fields})


class ScriptedServer:
    """Answers in the order of the script; what is asked beyond it is answered 418."""

    def __init__(self) -> None:
        self.script: deque[Says] = deque()
        self.asked: list[Asked] = []
        script, asked = self.script, self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: the kernel delays a second one

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                url = urlsplit(self.path)
                query = dict(parse_qsl(url.query))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked.append(
                    Asked(
                        self.command,
                        url.path,
                        query,
                        headers,
                        json.loads(body or b"{}"),
                        self.client_address[1],
                    )
                )
                says = script.popleft() if script else Says(418)
                if says.drop:
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response_only(says.status)
                for name, value in {"Content-Length": str(len(says.body)), **says.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(says.body)

            def log_message(self, *args: Any) -> None: ...

            def finish(self) -> None:
                if not self.connection._closed:  # type: ignore[attr-defined]
                    super().finish()

        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler._answer)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, *said: Says) -> None:
        self.script.extend(said)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def api_at(url: str) -> RazorpayApi:
    return RazorpayApi.open(Credentials(account="razorpay:test", key_id=KEY_ID, secret=SECRET, base_url=url))
