"""Our product end to end: socket, inbox, Celery, books; every constraint on, documents and mail stopped."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from benchmarks import stories
from benchmarks.ground import Ground, Process, start_receiver, start_worker
from benchmarks.invoices import Issuer
from benchmarks.meters import Meter
from benchmarks.poster import Posted, post, post_one, write_requests
from models import session
from models.queries import invariants

CONCURRENCY = 2
"""As in the Procfile."""
DRAIN_LIMIT_S = 300.0
STOPPED_S = 24 * 3600.0
"""Documents and mails lie where they are on purpose: they are not stranded before a day has passed."""
_LEFT = """
    SELECT count(*) FROM gateway_events WHERE done_at IS NULL AND not_before < 'infinity'
"""
ONE_LIMIT_S = 20.0
_LOOK_S = 0.001
_UNLOCKED = """
    SELECT 1 FROM enrollments e JOIN enrollment_grants g ON g.enrollment_id = e.id
    WHERE g.source_id = %s AND e.observed = 'active'
"""
_UNLOCKS_LEFT = "SELECT count(*) FROM enrollments WHERE state IN ('pending', 'running')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One run of events from the first POST to the last commit."""

    posted: Posted
    backlog: int
    """Events accepted and not applied at the moment posting ended."""
    drain_s: float
    cpu_us: dict[str, float]
    """Processor per event: receiver, worker, postgres, broker."""

    @property
    def rate(self) -> float:
        """Applied events per second, posting and draining together."""
        return self.posted.ok / (self.posted.elapsed_s + self.drain_s)

    @property
    def rate_while_posting(self) -> float:
        """Applied events per second while events were still coming in."""
        return (self.posted.ok - self.backlog) / self.posted.elapsed_s

    @property
    def cost_us(self) -> float:
        """Processor per event of everything that is ours to answer for: the broker is not in it."""
        return sum(self.cpu_us[name] for name in ("receiver", "worker", "postgres"))


class Product:
    """Our receiver and events worker on a database of their own."""

    def __init__(self, ground: Ground, database: str = "settle") -> None:
        self._ground = ground
        self.url = ground.database(database)
        self._issuer = Issuer(self.url)
        self._shuffle = stories.mixture()
        self._file = ground.folder / f"{database}.requests"
        self.receiver, self.receiver_url = start_receiver(ground, self.url)
        self.worker: Process = start_worker(ground, self.url, CONCURRENCY)
        self.run(payments=100)  # connections are made, modules loaded, the first plans planned

    def run(self, *, payments: int, rate: float = 0) -> Applied:
        """Post four events per payment, and wait until the books have them all."""
        requests = stories.payment_events(self._issuer.issue(payments), self._shuffle)
        write_requests(self._file, requests)
        self._ground.settle_down()
        meter = self.meter()
        posted = post(self._file, self.receiver_url, rate=rate)
        backlog = self.left(_LEFT)
        began = time.perf_counter()
        self.worker.wait_until(lambda: self.left(_LEFT) == 0, DRAIN_LIMIT_S)
        drain_s = time.perf_counter() - began
        self.worker.wait_until(lambda: self.left(_UNLOCKS_LEFT) == 0, DRAIN_LIMIT_S)
        return Applied(posted=posted, backlog=backlog, drain_s=drain_s, cpu_us=meter.used_us_per(posted.ok))

    def meter(self) -> Meter:
        """A meter of all our processes."""
        ground = self._ground
        return Meter(
            {
                "receiver": self.receiver.pid,
                "worker": self.worker.pid,
                "postgres": ground.postgres.pid,
                "broker": ground.broker.pid,
            }
        )

    def left(self, query: str) -> int:
        """What is not done yet."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return sum(row[0] for row in connection.execute(query))

    def pay_one(self) -> float:
        """Milliseconds from a POST to the enrollment it unlocks."""
        [invoice] = self._issuer.issue(1)
        request = stories.payment_events([invoice], None)[1]  # payment_intent.succeeded
        with psycopg.connect(self.url, autocommit=True) as connection:
            began = time.perf_counter()
            post_one(request, self.receiver_url)
            while not connection.execute(_UNLOCKED, [invoice.id]).fetchone():
                if time.perf_counter() - began > ONE_LIMIT_S:
                    raise RuntimeError(f"invoice {invoice.id} unlocked nothing in {ONE_LIMIT_S:g} s")
                time.sleep(_LOOK_S)
            return (time.perf_counter() - began) * 1e3

    def broken(self) -> Sequence[invariants.Finding]:
        """The invariants that do not hold; there must be none."""
        session.bind(self.url)
        with session.transaction() as opened:
            found = invariants.check(opened, grace_s=STOPPED_S)
        session.dispose_engine()
        return [finding for finding in found if finding.rows]
