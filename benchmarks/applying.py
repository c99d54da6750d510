"""`python -m benchmarks.applying`: what applying an event costs, one worker in one process, without Celery.

For whoever works on the hot path: processor of the worker and of its backend, per event, in rounds.
`--profile` prints the worker's hottest functions, `--statements` how often it spoke to PostgreSQL, `--stages`
what each part of the way takes.
"""

import argparse
import cProfile
import logging
import pstats
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import orjson
import psycopg
import structlog

from benchmarks import stories
from benchmarks.ground import Ground, product_environment
from benchmarks.invoices import Issued, Issuer
from benchmarks.meters import cpu_s
from bursar.ids import new_id
from models import session
from models.queries import invariants

STOPPED_S = 24 * 3600.0
"""Documents and mails lie where they are on purpose."""
_STORE = """COPY gateway_events
  (id, gateway_account, dedupe_key, gateway_event_id, type, livemode, occurred_at, body, key_id) FROM STDIN"""
_PENDING = "SELECT count(*) FROM gateway_events WHERE done_at IS NULL"


def store(url: str, issued: Sequence[Issued]) -> int:
    """Put four events per invoice into the inbox, as the receiver does; how many that were."""
    now = datetime.now(UTC)
    bodies = [request.partition(b"\r\n\r\n")[2] for request in _requests(issued)]
    with psycopg.connect(url) as connection, connection.cursor().copy(_STORE) as copy:
        for body in bodies:
            event = orjson.loads(body)
            key, live = event["id"], event["livemode"]
            account = f"stripe:{'live' if live else 'test'}"
            copy.write_row((new_id(), account, key, key, event["type"], live, now, body, "k"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    return len(bodies)


class Drained:
    """Processor time from one empty inbox to the next."""

    def __init__(self, url: str) -> None:
        from tasks.events import apply_events  # reads the environment

        self._apply = apply_events
        self._url = url
        session.bind(url)
        with session.transaction() as opened:
            self.backend = session.raw(opened).info.backend_pid

    def run(self, events: int) -> tuple[float, float]:
        """Apply all; microseconds per event of this process and of its backend."""
        worker, backend = _own_s(), _backend_s(self.backend)
        while self._left():
            self._apply()
        return (
            (_own_s() - worker) / events * 1e6,
            (_backend_s(self.backend) - backend) / events * 1e6,
        )

    def _left(self) -> int:
        with psycopg.connect(self._url) as connection:
            [[left]] = connection.execute(_PENDING).fetchall()
            return int(left)


def _requests(issued: Sequence[Issued]) -> list[bytes]:
    return stories.payment_events(issued, stories.mixture())


def _own_s() -> float:
    return time.process_time()


def _backend_s(pid: int) -> float:
    return cpu_s(pid)


def _profiled(drained: Drained, events: int) -> None:
    profile = cProfile.Profile()
    profile.enable()
    drained.run(events)
    profile.disable()
    stats = pstats.Stats(profile, stream=sys.stdout)
    stats.sort_stats("tottime").print_stats(45)
    stats.sort_stats("cumtime").print_stats(70)


def _staged(drained: Drained, events: int) -> None:
    """Processor time of this process under each part of the way, in microseconds per event."""
    from models import books
    from tasks import drain, wakes
    from tasks import events as way

    spent: dict[str, float] = {}

    def watch(owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            began = _own_s()
            try:
                return inner(*args, **kwargs)
            finally:
                spent[name] = spent.get(name, 0) + _own_s() - began

        setattr(owner, name, wrapped)

    for owner, name in (
        (drain, "claim"), (way, "_read"), (way, "still_ours"), (books, "lock"), (books, "load"),
        (books, "next_seqs"), (way, "decide"), (books, "write"), (way, "_write"), (way, "unlock_at_once"),
        (wakes.Wakes, "publish"),
    ):  # fmt: skip
        watch(owner, name)
    used = drained.run(events)
    print({name: round(s / events * 1e6, 1) for name, s in spent.items()}, used)


def _counted(drained: Drained, events: int) -> None:
    """Statements and waits, by wrapping psycopg's two doors."""
    counts: dict[str, int] = {}

    def count(owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            counts[name] = counts.get(name, 0) + 1
            return inner(*args, **kwargs)

        setattr(owner, name, wrapped)

    count(psycopg.Connection, "wait")
    count(psycopg.Cursor, "execute")
    drained.run(events)
    print({name: n / (events / 200) for name, n in counts.items()}, "per 200 events")


def main() -> int:
    """Rounds on one private database; then every invariant is checked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.applying", description=__doc__)
    parser.add_argument("--payments", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--statements", action="store_true")
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return _work(options)
    with Ground() as ground:
        url = ground.database("applying")
        argv = ["-m", "benchmarks.applying", "--worker", url, "--payments", str(options.payments)]
        argv += ["--rounds", str(options.rounds)]
        argv += ["--profile"] * options.profile + ["--statements"] * options.statements
        argv += ["--stages"] * options.stages
        worker = ground.spawn("applying", argv, env=product_environment(ground, url))
        try:
            worker.wait_for("broken:.*", 600)
        finally:
            print(worker.log.read_text())
    return 0


def _work(options: argparse.Namespace) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    issuer = Issuer(options.worker)
    drained = Drained(options.worker)
    drained.run(store(options.worker, issuer.issue(200)))
    found = []
    for _ in range(options.rounds):
        events = store(options.worker, issuer.issue(options.payments))
        if options.profile:
            _profiled(drained, events)
        elif options.stages:
            _staged(drained, events)
        elif options.statements:
            _counted(drained, events)
        else:
            found.append(drained.run(events))
            print(f"worker {found[-1][0]:.0f}  postgres {found[-1][1]:.0f}", flush=True)
    if found:
        worker, backend = (median(column) for column in zip(*found, strict=True))
        print(f"median: worker {worker:.0f}  postgres {backend:.0f} us/event")
    with session.transaction() as opened:
        broken = [each for each in invariants.check(opened, grace_s=STOPPED_S) if each.rows]
    print("broken:", broken, flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
