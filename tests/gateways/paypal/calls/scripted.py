"""A server that answers what a test says, byte for byte, and remembers what it was asked.

Tokens are given out by themselves, unless a test scripts them.
"""

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
from bursar.gateways.paypal.api import PayPalApi
from bursar.gateways.paypal.calls.client import TOKEN_PATH

CLIENT_ID, SECRET = "Ascripted", "scripted_secret"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Says:
    """One answer. `drop`: the connection ends without one."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


def says(status: int = 200, /, **fields: Any) -> Says:
    return Says(status, json.dumps(fields).encode())


def token(expires_in: int = 32_400, name: str = "a-token") -> Says:
    return says(access_token=name, token_type="Bearer", expires_in=expires_in)


def error(status: int, issue: str, description: str = "It went wrong", **detail: str) -> Says:
    details = [{"issue": issue, "description": description, **detail}]
    return says(status, name="AN_ERROR", message="No.", debug_id="f0e1d2c3b4a59", details=details)


class ScriptedServer:
    """Answers in the order of the script; what is asked beyond it is answered 418."""

    def __init__(self) -> None:
        self.script: deque[Says] = deque()
        self.tokens: deque[Says] = deque()
        self.asked: list[Asked] = []
        self.authenticated: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: the kernel delays a second one

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
                says = outer.next_for(asked)
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

        for method in ("GET", "POST"):
            setattr(Handler, f"do_{method}", Handler._answer)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def next_for(self, asked: Asked) -> Says:
        if asked.path == TOKEN_PATH:
            self.authenticated.append(asked)
            return self.tokens.popleft() if self.tokens else token()
        self.asked.append(asked)
        return self.script.popleft() if self.script else Says(418)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, *said: Says) -> None:
        self.script.extend(said)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def api_at(url: str) -> PayPalApi:
    return PayPalApi.open(Credentials(account="paypal:test", key_id=CLIENT_ID, secret=SECRET, base_url=url))
