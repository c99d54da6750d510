"""A stage for demos and journeys: private servers, the real processes of the Procfile, ways to hurt them."""

import os
import secrets
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil
from sqlalchemy import text

from bursar.sandbox.broker import PrivateBroker
from bursar.sandbox.fake.process import LINE, FakeProcess
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.webhooks import Plan
from bursar.sandbox.paypal_certificates import keep_identity
from bursar.sandbox.postgres import PrivatePostgres
from models import schema, session
from workers.supervisor import Supervisor, read_procfile

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
WORKER = "worker-events"
CRASH_POINT = {"BURSAR_CRASH_POINT": "events.claimed", "BURSAR_CRASH_HIT": "1"}
"""The worker dies between COMMIT 2a (claimed) and COMMIT 2 (applied), at its first claim."""
SWEEP_EVERY_S = "1"
"""Seconds; ten in production. The leases that a dead worker leaves (10 s) are the same as there."""
_OURS = ("BURSAR_", "STRIPE_", "RAZORPAY_", "PAYPAL_", "FLOWER_", "CELERY_")
_OURS_NAMES = {"DATABASE_URL", "REDIS_URL", "PORT", "FRONTEND_URL"}


class Stage:
    """Private servers and supervised processes in one folder. Leaving it ends every process it started.

    `lines` are Procfile lines; `first_env` is added to a process's first start only (a crash point).
    `plan` has the fake gateways play too, delivering as badly as it says.
    """

    def __init__(
        self,
        folder: Path,
        lines: Mapping[str, str] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        first_env: Mapping[str, Mapping[str, str]] | None = None,
        plan: Plan | None = None,
    ) -> None:
        self.folder = folder
        self.secrets = {
            "stripe": b"whsec_" + secrets.token_hex(16).encode(),
            "razorpay": secrets.token_hex(16).encode(),
            "paypal": secrets.token_hex(16).encode(),
        }
        self.url = f"http://127.0.0.1:{free_port()}"
        self.flower_url = f"http://127.0.0.1:{free_port()}"
        self._lines = dict(without_flower() if lines is None else lines)
        self._env = dict(env or {})
        self.fakes = None if plan is None else self._play(plan)
        self._first_env = first_env or {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        session.bind("")

    def _play(self, plan: Plan) -> FakeProcess:
        """One line more, and everybody is led to it."""
        fakes = FakeProcess(port=free_port(), receiver_url=self.url, plan=plan)
        self._lines[LINE] = fakes.line
        self._env = {**fakes.settings, "BURSAR_RETURN_URL": fakes.return_url, **self._env}
        return fakes

    def start_servers(self) -> None:
        """A PostgreSQL and a Valkey of our own, and the newest schema."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.postgres = self._stack.enter_context(PrivatePostgres())
        self.broker = self._stack.enter_context(PrivateBroker())
        schema.upgrade(self.postgres.url)
        session.bind(self.postgres.url)

    def start_processes(self) -> None:
        """The given lines under the supervisor."""
        log_dir = self.folder / "log"
        keep_identity(self.folder)  # PayPal's events are signed by one process and believed by another
        self.supervisor = Supervisor(
            self._lines, self.environment(), log_dir=log_dir, first_env=self._first_env
        )
        self._stack.enter_context(self.supervisor)

    def wait_until_ready(self) -> bool:
        """Whether the receiver can store events, and the gateways that are played can be called."""
        return self.supervisor.wait_ready(self._ready)

    def pool_children(self, name: str = WORKER) -> list[psutil.Process]:
        """The processes in which a worker runs its tasks; none while it starts."""
        parent = self.supervisor.children().get(name)
        try:
            return psutil.Process(parent).children() if parent else []
        except psutil.NoSuchProcess:
            return []

    def kill_pool_child(self, name: str = WORKER) -> int | None:
        """SIGKILL one pool child of a worker, if it has one now. Returns its process id."""
        for child in self.pool_children(name)[:1]:
            child.send_signal(signal.SIGKILL)
            return int(child.pid)
        return None

    def worker_died(self) -> bool:
        """Whether the events worker has been started again since the beginning."""
        return self.supervisor.starts()[WORKER] > 1

    def rows_held_by_the_dead(self) -> int:
        """Events that are still marked as running."""
        return count("SELECT count(*) FROM gateway_events WHERE state = 'running'")

    def _ready(self) -> bool:
        try:
            ready = httpx.get(f"{self.url}/ready", timeout=1.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False
        return ready and (self.fakes is None or self._fakes_answer(self.fakes.url))

    def _fakes_answer(self, url: str) -> bool:
        with Remote(url) as remote:
            return remote.answers()

    def environment(self) -> Mapping[str, str]:
        """Of every process here. A clean environment: nobody's `.env`, servers or secrets reach the demo."""
        kept = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - passed on to children, not read
            if not name.startswith(_OURS) and name not in _OURS_NAMES
        }
        return kept | {
            "BURSAR_ENV_FILE": "",
            "BURSAR_DATABASE_URL": self.postgres.url,
            "BURSAR_BROKER_URL": self.broker.url,
            "BURSAR_VAR": str(self.folder),
            "BURSAR_PORT": self.url.rpartition(":")[2],
            "BURSAR_FLOWER_PORT": self.flower_url.rpartition(":")[2],
            "BURSAR_FLOWER_OPEN": "1",
            "BURSAR_SWEEP_EVERY_S": SWEEP_EVERY_S,
            "BURSAR_WEAK_EVIDENCE_WAIT_S": "1",
            "BURSAR_FAILED_MAIL_WAIT_S": "1",
            "STRIPE_WEBHOOK_SECRET": self.secrets["stripe"].decode(),
            "RAZORPAY_WEBHOOK_SECRET": self.secrets["razorpay"].decode(),
            "PAYPAL_WEBHOOK_ID": self.secrets["paypal"].decode(),
            "PYTHONPATH": str(PROCFILE.parent),
            **self._env,
        }


def without_flower() -> dict[str, str]:
    """Every Procfile line that does work."""
    return {name: line for name, line in read_procfile(PROCFILE).items() if name != "flower"}


def count(sql: str) -> int:
    """One number from the bound database."""
    with session.transaction() as current:
        return int(current.scalar(text(sql)) or 0)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
