"""A server that answers what a test wrote down, and remembers what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bursar.gateways.api.protocol import Credentials
from bursar.gateways.stripe.api import StripeApi

TEST_KEY = "sk_test_scripted"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, its form or query decoded."""

    method: str
    path: str
    params: dict[str, list[str]]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say. A status of 0 cuts the connection instead."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def told(thing: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(thing).encode(), named)


def error(status: int, headers: Mapping[str, str] | None = None, **said: Any) -> Answer:
    """An error as Stripe writes it."""
    return Answer(status, json.dumps({"error": said}).encode(), headers or {})


CUT = Answer(0, b"")


class Script(ThreadingHTTPServer):
    """Answers in order; asked for more, it fails the test by a 599 with a reason."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def say(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def api(self) -> StripeApi:
        return StripeApi.open(Credentials(account="stripe:test", secret=TEST_KEY, base_url=self.url))


class _Handler(BaseHTTPRequestHandler):
    server: Script
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait 40 ms for each other

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = parse_qs(form or url.query, keep_blank_values=True)
        self.server.asked.append(Asked(self.command, url.path, params, headers))
        script = self.server.answers
        answer = script.popleft() if script else error(599, message="the script is at its end")
        if not answer.status:
            self.close_connection = True
            return
        self.send_response_only(answer.status)  # without a Date of its own
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def scripted() -> Iterator[Script]:
    with Script() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
