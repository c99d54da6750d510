"""What the racers run on: a private PostgreSQL that really syncs, a private broker, processes on a leash."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import psycopg

from bursar.sandbox.broker import PrivateBroker
from bursar.sandbox.postgres import PrivatePostgres
from models import schema
from workers.leash import Leash, signal_group

ROOT = Path(__file__).resolve().parents[1]
SECRET = b"whsec_benchmark_0123456789abcdef"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0


class Process:
    """One racer's process group, with its output in a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        """The process id, also that of its group."""
        return self._process.pid

    def wait_for(self, pattern: str, limit_s: float = START_LIMIT_S) -> str:
        """The first group of a line in the log. Raises RuntimeError when it never comes."""
        deadline = time.monotonic() + limit_s
        ended = False
        while time.monotonic() < deadline and not ended:
            ended = self._process.poll() is not None
            if found := re.search(pattern, self.log.read_text(errors="replace")):
                return found[1] if found.re.groups else found[0]
            time.sleep(0.02)
        raise RuntimeError(f"{self.log.stem} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def wait_until(self, ready: Callable[[], bool], limit_s: float = START_LIMIT_S) -> None:
        """Wait for something outside to become true. Raises RuntimeError with the log when it does not."""
        deadline = time.monotonic() + limit_s
        while not ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"{self.log.stem}:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Politely first."""
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            signal_group(self.pid, signal.SIGKILL)
            self._process.wait()


class Ground:
    """Everything private to this run; gone when it ends."""

    def __init__(self) -> None:
        self.postgres = PrivatePostgres(durable=True)
        self.broker = PrivateBroker()
        self._leash = Leash()
        self._processes: list[Process] = []
        self._folder = TemporaryDirectory(prefix="bursar-bench-")
        self.folder = Path(self._folder.name)

    def __enter__(self) -> Self:
        self.postgres.start()
        self.broker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()
        self.broker.close()
        self.postgres.close()
        self._leash.close()
        self._folder.cleanup()

    def database(self, name: str, *, migrated: bool = True) -> str:
        """The URL of a new database."""
        with psycopg.connect(self.postgres.url_of("postgres"), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        url = self.postgres.url_of(name)
        if migrated:
            schema.upgrade(url)
        return url

    def broker_url(self, number: int) -> str:
        """One of the broker's numbered databases: racers do not see each other's messages."""
        return self.broker.url.removesuffix("/0") + f"/{number}"

    def spawn(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], python: str = sys.executable
    ) -> Process:
        """Start `python <argv>` in the checkout, with this environment and nothing else of ours."""
        log = self.folder / f"{name}.log"
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **env},
                start_new_session=True,
            )
        self._leash.hold(process.pid)
        made = Process(process, log)
        self._processes.append(made)
        return made

    def stop_all(self) -> None:
        """End every process of the current benchmark."""
        for process in reversed(self._processes):
            process.stop()
            self._leash.release(process.pid)
        self._processes.clear()

    def settle_down(self) -> None:
        """Leave no other racer's dirty pages to the next one."""
        with psycopg.connect(self.postgres.url_of("postgres"), autocommit=True) as admin:
            admin.execute("CHECKPOINT")


def product_environment(ground: Ground, database_url: str, broker: int = 0) -> dict[str, str]:
    """What receiver and workers need, as an operator would set it."""
    return {
        "BURSAR_DATABASE_URL": database_url,
        "BURSAR_BROKER_URL": ground.broker_url(broker),
        "BURSAR_ENV_FILE": "",
        "BURSAR_VAR": str(ground.folder / "var"),
        "BURSAR_PORT": "0",
        "BURSAR_LOG_LEVEL": "WARNING",
        "STRIPE_WEBHOOK_SECRET": SECRET.decode(),
    }


def start_receiver(ground: Ground, database_url: str, broker: int = 0) -> tuple[Process, str]:
    """Our receiver as a real process, and its URL."""
    env = product_environment(ground, database_url, broker)
    receiver = ground.spawn("receiver", ["-m", "webhook_receiver"], env=env)
    return receiver, receiver.wait_for(r"url=(\S+)")


def start_worker(ground: Ground, database_url: str, concurrency: int, broker: int = 0) -> Process:
    """Our events worker, started as the Procfile starts it."""
    argv = [
        "-m",
        "celery",
        "-A",
        "workers",
        "worker",
        "-Q",
        "events",
        "-n",
        "events@%h",
        "-c",
        str(concurrency),
    ]
    argv += ["--without-gossip", "--without-mingle"]
    return ground.spawn("worker", argv, env=product_environment(ground, database_url, broker))
