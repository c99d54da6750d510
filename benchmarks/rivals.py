"""Starts what we race against, each on a database and a broker database of its own."""

import socket
import time
from collections.abc import Sequence

import psycopg
from sqlalchemy import create_engine

from benchmarks import stories
from benchmarks.environments import peers_python, tutorial_python
from benchmarks.ground import SECRET, Ground, Process
from benchmarks.invoices import COMPONENTS, Issued
from benchmarks.meters import Meter
from benchmarks.poster import post, write_requests
from benchmarks.product import Applied
from benchmarks.tutorial.tables import Base
from bursar.ids import new_id

SERVERS = 2
"""Processes of each rival's server: one per core. Ours is a single one."""
DRAIN_LIMIT_S = 600.0
MIGRATE_LIMIT_S = 300.0
"""dj-stripe's migrations are a minute's work on a busy machine."""


class Tutorial:
    """FastAPI, the SDK's check, `task.delay()`; with a worker, one ORM transaction per event."""

    def __init__(self, ground: Ground, *, name: str, broker: int, working: bool) -> None:
        self._ground = ground
        self._broker_url = ground.broker_url(broker)
        self.url = ground.database(name, migrated=False)
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        Base.metadata.create_all(engine)
        engine.dispose()
        self._next = 1
        self._file = ground.folder / f"{name}.requests"
        python, env, port = tutorial_python(), self._environment(), free_port()
        argv = ["-m", "uvicorn", "benchmarks.tutorial.app:app", "--port", str(port), "--no-access-log"]
        argv += ["--workers", str(SERVERS), "--log-level", "warning"]
        self.server = ground.spawn(f"{name}-server", argv, env=env, python=python)
        self.server_url = f"http://127.0.0.1:{port}"
        self.server.wait_until(lambda: listens(port))
        self.worker: Process | None = None
        if working:
            argv = ["-m", "celery", "-A", "benchmarks.tutorial.tasks", "worker", "-c", "2", "-l", "warning"]
            argv += ["--without-gossip", "--without-mingle"]
            self.worker = ground.spawn(f"{name}-worker", argv, env=env, python=python)
            self.run(payments=20)

    def run(self, *, payments: int) -> Applied:
        """Post four events per payment, and wait until the worker has handled them all."""
        assert self.worker is not None
        requests = stories.payment_events(self._issue(payments), stories.mixture())
        write_requests(self._file, requests)
        self._ground.settle_down()
        meter = self.meter()
        before = self._handled()
        posted = post(self._file, self.server_url)
        backlog = before + posted.ok - self._handled()
        began = time.perf_counter()
        self.worker.wait_until(lambda: self._handled() >= before + posted.ok, DRAIN_LIMIT_S)
        drain_s = time.perf_counter() - began
        return Applied(posted=posted, backlog=backlog, drain_s=drain_s, cpu_us=meter.used_us_per(posted.ok))

    def meter(self) -> Meter:
        """A meter of its processes, by the names ours have."""
        pids = {"receiver": self.server.pid, "postgres": self._ground.postgres.pid}
        pids |= {"worker": self.worker.pid} if self.worker else {}
        return Meter(pids | {"broker": self._ground.broker.pid})

    def paid(self) -> bool:
        """Whether every invoice is paid exactly: a rival that cuts corners would not be one."""
        query = "SELECT count(*) FROM invoices WHERE paid <> total OR enrollment <> 'active'"
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchone() == (0,)

    def _issue(self, count: int) -> Sequence[Issued]:
        issued = [Issued(n=n, id=new_id()) for n in range(self._next, self._next + count)]
        self._next += count
        with psycopg.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO invoices (id, customer, total, paid, status, enrollment)"
                " VALUES (%s, %s, %s, 0, 'open', 'pending')",
                [(str(each.id), f"student-{each.n}", each.total_minor) for each in issued],
            )
            cursor.executemany(
                "INSERT INTO invoice_lines (invoice_id, position, amount, paid) VALUES (%s, %s, %s, 0)",
                [
                    (str(each.id), position, net + tax)
                    for each in issued
                    for position, (_, net, tax) in enumerate(COMPONENTS)
                ],
            )
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ANALYZE")
        return issued

    def _handled(self) -> int:
        with psycopg.connect(self.url) as connection:
            [[count]] = connection.execute("SELECT count(*) FROM handled_events")
            return int(count)

    def _environment(self) -> dict[str, str]:
        return {
            "TUTORIAL_DATABASE_URL": self.url,
            "TUTORIAL_BROKER_URL": self._broker_url,
            "TUTORIAL_WEBHOOK_SECRET": SECRET.decode(),
            "C_FORCE_ROOT": "1",
        }


def start_limit(ground: Ground, *, driver: str) -> tuple[Process, str]:
    """The least that stores an event durably: what is left when everything is left out."""
    name = f"ceiling-{driver}"
    env = {
        "LIMIT_DATABASE_URL": ground.database(name),
        "LIMIT_SECRET": SECRET.decode(),
        "LIMIT_DRIVER": driver,
    }
    server = ground.spawn(name, ["-m", "benchmarks.ceiling"], env=env)
    return server, server.wait_for(r"url=(\S+)")


def start_djstripe(ground: Ground, *, callback: str, broker: int) -> tuple[Process, str]:
    """dj-stripe behind gunicorn; `callback` is `noop` or `delay`."""
    name, port = f"djstripe-{callback}", free_port()
    env = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
        "PEER_DATABASE_URL": ground.database(name, migrated=False),
        "PEER_BROKER_URL": ground.broker_url(broker),
        "PEER_SECRET": SECRET.decode(),
        "PEER_CALLBACK": callback,
    }
    python = peers_python()
    made = ground.spawn(f"{name}-setup", ["-m", "benchmarks.peers.prepare"], env=env, python=python)
    made.wait_for("prepared", MIGRATE_LIMIT_S)
    argv = ["-m", "gunicorn", "benchmarks.peers.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    argv += ["--workers", str(SERVERS), "--threads", "16", "--keep-alive", "60", "--log-level", "warning"]
    server = ground.spawn(name, argv, env=env, python=python)
    server.wait_until(lambda: listens(port))
    return server, f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
