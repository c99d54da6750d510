"""B2: from the socket to the books, ours beside the tutorial; then every invariant of ours is checked."""

from statistics import median

from benchmarks.claims import Claim, at_least, at_most, told
from benchmarks.ground import Ground
from benchmarks.product import Applied, Product
from benchmarks.rivals import Tutorial

ROUNDS = 2
RATE = 4_000.0
"""Events per second that must be applied as they come."""
TUTORIAL_PAYMENTS = 250
KEPT_UP = 0.95
"""Share of the accepted events that are applied by the end of posting: the rest is the batch in hand."""
CPU_US_MAX = 350.0
TUTORIAL_RATIO_MIN = 20.0


def run(ground: Ground, *, seconds: float) -> list[Claim]:
    """Bursts in turn with the tutorial, then a steady stream."""
    product = Product(ground)
    tutorial = Tutorial(ground, name="tutorial-settle", broker=3, working=True)
    payments = int(RATE * seconds / 4)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(product.run(payments=payments))
        theirs.append(tutorial.run(payments=TUTORIAL_PAYMENTS))
    if not tutorial.paid():
        raise RuntimeError("the tutorial did not book every payment: it is no rival")
    steady = product.run(payments=payments, rate=RATE)
    broken = product.broken()
    ground.stop_all()
    return [
        *_burst("bursar", ours),
        *_burst("tutorial", theirs),
        at_least(
            "B2 ours to tutorial, burst to last commit",
            median(us.rate / them.rate for us, them in zip(ours, theirs, strict=True)),
            "x",
            TUTORIAL_RATIO_MIN,
        ),
        at_most("B2 processor per event", median(each.cost_us for each in ours), "us/event", CPU_US_MAX),
        *_stream(steady),
        at_most("B2 invariants broken afterwards", len(broken), "", 0),
    ]


def _burst(name: str, laps: list[Applied]) -> list[Claim]:
    parts = [
        told(f"B2 processor of {part}, {name}", median(lap.cpu_us[part] for lap in laps), "us/event")
        for part in ("receiver", "worker", "postgres", "broker")
    ]
    rate = median(lap.rate for lap in laps)
    return [told(f"B2 burst to last commit, {name}", rate, "events/s"), *parts]


def _stream(lap: Applied) -> list[Claim]:
    return [
        at_least("B2 stream accepted", lap.posted.rate, "events/s", RATE * KEPT_UP),
        at_least("B2 stream applied while posting", lap.rate_while_posting, "events/s", RATE * KEPT_UP),
        told("B2 stream backlog when posting ends", lap.backlog, "events"),
        told("B2 stream time to drain", lap.drain_s, "s"),
        told("B2 stream p99 of acceptance", lap.posted.p99_ms, "ms"),
        told("B2 stream processor per event", lap.cost_us, "us/event"),
    ]
