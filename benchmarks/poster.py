"""The load generator: posts ready-made requests over keep-alive connections, in a process of its own.

`python -m benchmarks.poster FILE HOST PORT CONNECTIONS RATE SECONDS` prints one JSON object. RATE 0 is as
fast as answers come; SECONDS 0 is until the file is used up. Cheap on purpose: 40 us of processor per event.
"""

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import uvloop

CONNECTIONS = 32
_TICK_S = 0.004
_LAST_CHUNK = b"0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What one run of the generator saw."""

    ok: int
    refused: int
    elapsed_s: float
    p50_ms: float
    p99_ms: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Accepted events per second."""
        return self.ok / self.elapsed_s


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """Requests as the generator reads them."""
    with path.open("wb") as file:
        for request in requests:
            file.write(len(request).to_bytes(4, "big") + request)


def post(
    path: Path, url: str, *, seconds: float = 0, rate: float = 0, connections: int = CONNECTIONS
) -> Posted:
    """Run the generator and wait for it."""
    where = urlsplit(url)
    argv = [sys.executable, "-m", "benchmarks.poster", str(path), str(where.hostname), str(where.port)]
    argv += [str(connections), str(rate), str(seconds)]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[1])
    return Posted(**orjson.loads(done.stdout))


def post_one(request: bytes, url: str) -> None:
    """One request on a connection of its own. Raises RuntimeError unless it is taken."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as connection:
        connection.sendall(request)
        answer = connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(answer.decode("latin-1").partition("\r\n")[0])


class _Run:
    """What all connections share."""

    def __init__(self, requests: list[bytes], rate: float, seconds: float) -> None:
        self.requests = requests
        self.rate = rate
        self.next = 0
        self.flying = 0
        self.idle: deque[_Connection] = deque()
        self.latencies: list[float] = []
        self.refused = 0
        self.done = asyncio.get_running_loop().create_future()
        self.began = time.perf_counter()
        self.ends = self.began + seconds if seconds else float("inf")

    def turn(self, connection: "_Connection") -> None:
        """Let a free connection post, when it is time for another event."""
        now = time.perf_counter()
        if self.next >= len(self.requests) or now >= self.ends:
            if self.flying == 0 and not self.done.done():
                self.done.set_result(now)
        elif self.rate and self.next >= (now - self.began) * self.rate:
            self.idle.append(connection)
        else:
            self.flying += 1
            self.next += 1
            connection.post(self.requests[self.next - 1], now)

    def tick(self) -> None:
        for _ in range(len(self.idle)):
            self.turn(self.idle.popleft())
        if not self.done.done():
            asyncio.get_running_loop().call_later(_TICK_S, self.tick)


class _Connection(asyncio.Protocol):
    transport: asyncio.WriteTransport

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._answer = b""

    def post(self, request: bytes, now: float) -> None:
        self._sent_at = now
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head)
        if len(body) < int(length[1]) if length else not body.endswith(_LAST_CHUNK):
            return
        self._answer = b""
        run = self._run
        run.flying -= 1
        run.latencies.append(time.perf_counter() - self._sent_at)
        run.refused += not head.startswith(b"HTTP/1.1 2")
        run.turn(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._run.done.done():
            self._run.done.set_exception(exc or ConnectionError("the server hung up"))


async def _main(
    requests: list[bytes], host: str, port: int, connections: int, rate: float, seconds: float
) -> str:
    loop = asyncio.get_running_loop()
    run = _Run(requests, rate, seconds)
    opened = []
    for _ in range(connections):
        transport, connection = await loop.create_connection(lambda: _Connection(run), host, port)
        connection.transport = transport
        opened.append(connection)
    began_cpu_s = time.process_time()
    run.began = time.perf_counter()
    run.ends = run.began + seconds if seconds else float("inf")
    for connection in opened:
        run.turn(connection)
    run.tick()
    ended = await run.done
    latencies = sorted(run.latencies)
    return orjson.dumps(
        {
            "ok": len(latencies) - run.refused,
            "refused": run.refused,
            "elapsed_s": ended - run.began,
            "p50_ms": latencies[len(latencies) // 2] * 1e3,
            "p99_ms": latencies[int(len(latencies) * 0.99)] * 1e3,
            "cpu_s": time.process_time() - began_cpu_s,
        }
    ).decode()


def _read_requests(path: Path) -> list[bytes]:
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


if __name__ == "__main__":
    name, host, port, connections, rate, seconds = sys.argv[1:]
    print(
        uvloop.run(
            _main(_read_requests(Path(name)), host, int(port), int(connections), float(rate), float(seconds))
        )
    )
