"""B3: how long a learner waits on a quiet system, from the gateway's POST to the unlocked enrollment."""

from statistics import median

from benchmarks.claims import Claim, at_most
from benchmarks.ground import Ground
from benchmarks.product import Product

PAYMENTS = 120
P50_MS_MAX = 30.0
P99_MS_MAX = 150.0


def run(ground: Ground) -> list[Claim]:
    """One payment at a time."""
    product = Product(ground, "unlock")
    waits = sorted(product.pay_one() for _ in range(PAYMENTS))
    ground.stop_all()
    return [
        at_most("B3 POST to unlocked, p50", median(waits), "ms", P50_MS_MAX),
        at_most("B3 POST to unlocked, p99", waits[int(PAYMENTS * 0.99)], "ms", P99_MS_MAX),
    ]
