"""B1: events taken in per second, ours beside the tutorial, dj-stripe and the least that could do it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import psycopg

from benchmarks import stories
from benchmarks.claims import Claim, at_least, at_most, told
from benchmarks.ground import Ground, start_receiver
from benchmarks.meters import Meter
from benchmarks.poster import Posted, post, write_requests
from benchmarks.rivals import Tutorial, start_djstripe, start_limit

ROUNDS = 3
EVENTS_PER_SECOND_MAX = 14_000
"""Requests prepared per second of a round: more than anybody takes."""
_CHUNK_S = 2.0

TUTORIAL_RATIO_MIN = 7.0
DJSTRIPE_RATIO_MIN = 15.0
CEILING_RATIO_MIN = 0.7
P99_MS_MAX = 25.0
CEILINGS = {"ceiling": "asyncpg", "ceiling on our link": "link"}
"""The second tells what of the first is the driver; whatever makes our link faster makes it faster too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """One racer in one round."""

    posted: Posted
    cpu_us: float
    """Server and PostgreSQL, per event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Racer:
    """A server under load."""

    url: str
    pid: int
    stored: Callable[[], int] | None = None
    """How many events are durable; None for those that keep none."""


def run(ground: Ground, *, seconds: float, peers: bool) -> list[Claim]:
    """All racers, in turn, in every round."""
    racers = _start(ground, peers=peers)
    laps: dict[str, list[Lap]] = {name: [] for name in racers}
    _round(ground, racers, 0, 1.0)
    for number in range(1, ROUNDS + 1):
        for name, lap in _round(ground, racers, number, seconds).items():
            laps[name].append(lap)
    ground.stop_all()
    return _claims(laps)


def _start(ground: Ground, *, peers: bool) -> Mapping[str, Racer]:
    url = ground.database("receive")
    receiver, receiver_url = start_receiver(ground, url)
    tutorial = Tutorial(ground, name="tutorial-receive", broker=1, working=False)
    racers = {
        "bursar": Racer(url=receiver_url, pid=receiver.pid, stored=lambda: _count(url)),
        "tutorial": Racer(url=tutorial.server_url, pid=tutorial.server.pid),
    }
    for name, driver in CEILINGS.items():
        server, server_url = start_limit(ground, driver=driver)
        racers[name] = Racer(url=server_url, pid=server.pid)
    if peers:
        for callback in ("noop", "delay"):
            server, server_url = start_djstripe(ground, callback=callback, broker=2)
            racers[f"dj-stripe, {callback}"] = Racer(url=server_url, pid=server.pid)
    return racers


def _round(ground: Ground, racers: Mapping[str, Racer], number: int, seconds: float) -> dict[str, Lap]:
    """The same requests for everybody; their signatures are made for this round."""
    file = ground.folder / "receive.requests"
    write_requests(file, stories.distinct_events(int(seconds * EVENTS_PER_SECOND_MAX), number))
    laps = {}
    for name, racer in racers.items():
        ground.settle_down()
        before = racer.stored() if racer.stored else 0
        meter = Meter({"server": racer.pid, "postgres": ground.postgres.pid})
        posted = post(file, racer.url, seconds=seconds)
        if racer.stored and racer.stored() - before != posted.ok:
            raise RuntimeError(f"{name} answered {posted.ok} and stored {racer.stored() - before}")
        if posted.refused:
            raise RuntimeError(f"{name} refused {posted.refused} of {posted.ok + posted.refused} events")
        laps[name] = Lap(posted=posted, cpu_us=sum(meter.used_us_per(posted.ok).values()))
    return laps


def _claims(laps: Mapping[str, list[Lap]]) -> list[Claim]:
    ours = laps["bursar"]
    claims = []
    for name, each in laps.items():
        claims += [
            told(f"B1 receive, {name}", median(lap.posted.rate for lap in each), "events/s"),
            told(f"B1 p50, {name}", median(lap.posted.p50_ms for lap in each), "ms"),
            told(f"B1 p99, {name}", median(lap.posted.p99_ms for lap in each), "ms"),
            told(f"B1 processor, {name}", median(lap.cpu_us for lap in each), "us/event"),
        ]
    claims.append(
        at_most("B1 p99 at 32 connections", median(lap.posted.p99_ms for lap in ours), "ms", P99_MS_MAX)
    )
    wanted = {
        "tutorial": TUTORIAL_RATIO_MIN,
        "ceiling": CEILING_RATIO_MIN,
        "dj-stripe, noop": DJSTRIPE_RATIO_MIN,
    }
    for name, each in laps.items():
        if name != "bursar":
            ratio = median(us.posted.rate / them.posted.rate for us, them in zip(ours, each, strict=True))
            title = f"B1 ours to {name}"
            claims.append(
                at_least(title, ratio, "x", wanted[name]) if name in wanted else told(title, ratio, "x")
            )
    return claims


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM gateway_events")
        return int(count)
