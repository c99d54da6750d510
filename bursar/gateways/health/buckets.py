"""How often gateways may be asked, and customers may ask: token buckets that all workers draw from."""

from functools import partial
from typing import NamedTuple
from uuid import UUID

from redis import Redis, WatchError

from bursar.errors import Transient
from bursar.gateways.health.connection import KEY_PREFIX, SharedRedis

ATTEMPTS_MAX = 8
"""Draws that others may spoil by drawing at the same moment; then the bucket is busy enough to wait."""
_BURST_PART = 5
"""A fifth of what is allowed in a second may come at once, the rest is spread."""
_MS_PER_S = 1_000
_MS_PER_MIN = 60_000


class RateLimited(Transient):
    """Asked too often. Nothing was sent."""

    def __init__(self, what: str, wait_s: float) -> None:
        self.retry_after_s = wait_s
        super().__init__(f"{what}: wait {wait_s:g} s")


class Rate(NamedTuple):
    """How fast a bucket fills, and what it holds. In any time t: at most burst + t / every_ms draws."""

    every_ms: int
    """Milliseconds until the next token drops in."""
    burst: int


def in_any_second(requests: int) -> Rate:
    """At most so many in any second, wherever the second begins."""
    burst = requests // _BURST_PART
    return Rate(every_ms=-(-_MS_PER_S // (requests - burst)), burst=burst)


def a_minute(requests: int) -> Rate:
    """So many at once, and as many a minute in the long run."""
    return Rate(every_ms=-(-_MS_PER_MIN // requests), burst=requests)


GATEWAY_RATES = {
    # https://docs.stripe.com/rate-limits: 100 requests a second in live mode, 25 in test mode.
    "stripe:live": in_any_second(100),
    "stripe:test": in_any_second(25),
}
OTHER_RATE = in_any_second(25)
"""Razorpay (https://razorpay.com/docs/api/pagination/) and PayPal (https://developer.paypal.com/api/rest/reference/
rate-limiting/) answer 429 but publish no figure: we believe that the smallest published one does no harm.
"""


class Buckets:
    """All buckets. While Redis is away everything is allowed: the gateway has limits of its own."""

    def __init__(self, shared: SharedRedis, customer_requests_per_min: int) -> None:
        self._shared = shared
        self._customer_rate = a_minute(customer_requests_per_min)

    def admit_request(self, account: str) -> None:
        """Before one request to a gateway (`<gateway>:<mode>`). Raises RateLimited."""
        self._admit(
            f"gateway:{account}", GATEWAY_RATES.get(account, OTHER_RATE), f"{account} is asked too often"
        )

    def admit_customer(self, customer_id: UUID) -> None:
        """Before one checkout, intent or refund request of a customer. Raises RateLimited."""
        self._admit(f"customer:{customer_id}", self._customer_rate, "this customer asks too often")

    def _admit(self, name: str, rate: Rate, what: str) -> None:
        wait_ms = self._shared.ask(partial(draw, name=name, rate=rate), 0)
        if wait_ms:
            raise RateLimited(what, wait_ms / _MS_PER_S)


def draw(client: Redis, *, name: str, rate: Rate) -> int:
    """Take one token; 0 when there was one, otherwise the milliseconds until there is.

    What was drawn and has not dropped in again is the remaining life of the key, so Redis's own clock
    counts, and what nobody draws from is gone. Raises RedisError.
    """
    key = f"{KEY_PREFIX}bucket:{name}"
    if client.set(key, 1, px=rate.every_ms, nx=True):
        return 0  # the bucket was full, as most are: one round trip instead of three
    for _ in range(ATTEMPTS_MAX):
        with client.pipeline() as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call]  # redis-py does not say
            missing_ms = max(pipe.pttl(key), 0)
            wait_ms = missing_ms - (rate.burst - 1) * rate.every_ms
            if wait_ms > 0:
                return wait_ms
            pipe.multi()
            pipe.set(key, 1, px=missing_ms + rate.every_ms)
            try:
                pipe.execute()
            except WatchError:
                continue
            return 0
    return rate.every_ms
