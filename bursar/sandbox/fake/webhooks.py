"""Signed deliveries to the receiver, as badly as the plan says: doubled, late, out of order, lost.

What was lost is in the gateway's own list of events all the same: that is how reconciliation finds it.
"""

import heapq
import itertools
import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import RLock

import httpx

from bursar.clock import utc_now
from bursar.sandbox.fake.clock import FakeClock

RETRY_AFTER_S = (1, 5, 30, 300, 3_600, 14_400, 43_200, 86_400)
"""Seconds of the fake's clock before each repetition: two days; Stripe tries three, Razorpay one."""
ATTEMPTS_MAX = len(RETRY_AFTER_S) + 1
REORDERED_S_MAX = 1.0
"""Seconds that a delivery out of order is later than its turn: a payment makes five within one."""
POST_TIMEOUT_S = 5.0
"""Seconds. Razorpay gives a receiver five (webhooks/best-practices); nobody here is more patient."""

Sign = Callable[[bytes, int], Mapping[str, str]]


class Fate(StrEnum):
    """What became of one event's delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    LOST = "lost"
    """Never sent, as the plan says."""
    GIVEN_UP = "given_up"
    """Refused as often as a gateway tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How badly to deliver. Probabilities per event, one seed, one sequence."""

    seed: int = 0
    duplicated: float = 0.0
    reordered: float = 0.0
    lost: float = 0.0
    delay_s_max: float = 0.0
    """Seconds; each delivery waits between none and this many."""


@dataclass(slots=True, kw_only=True)
class Event:
    """Something a gateway announced."""

    gateway: str
    id: str
    type: str
    body: bytes
    created_s: int
    """Unix seconds of the fake's clock."""
    fate: Fate = Fate.PENDING
    attempts: int = 0
    statuses: list[int] = field(default_factory=list)
    """What the receiver answered; 0 where there was no answer."""


@dataclass(order=True, slots=True)
class _Delivery:
    due: datetime
    number: int
    event: Event = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Webhooks:
    """Every event of the fake gateways, and the deliveries still to be made."""

    def __init__(
        self,
        clock: FakeClock,
        plan: Plan,
        lock: RLock,
        *,
        signed_at: Callable[[], datetime] = utc_now,
    ) -> None:
        """`signed_at` is the receiver's clock: a signature must be fresh there, whatever year it is here."""
        self._clock = clock
        self._plan = plan
        self._lock = lock
        self._signed_at = signed_at
        self._chance = random.Random(plan.seed)  # noqa: S311  a script, not a secret
        self._numbers = itertools.count()
        self._due: list[_Delivery] = []
        self._targets: dict[str, tuple[str, Sign]] = {}
        self.events: list[Event] = []

    def subscribe(self, gateway: str, url: str, sign: Sign) -> None:
        """Deliver what happens from now on at this gateway."""
        self._targets[gateway] = (url, sign)

    def announce(self, event: Event) -> None:
        """Something happened. Without a subscriber there is nobody to deliver to, as at a real gateway."""
        self.events.append(event)
        if event.gateway not in self._targets:
            event.fate = Fate.DELIVERED
            return
        if self._happens(self._plan.lost):
            event.fate = Fate.LOST
            return
        for _ in range(2 if self._happens(self._plan.duplicated) else 1):
            self._put(event)

    def redeliver(self, event_id: str) -> bool:
        """Send an event once more, as an operator does from the gateway's site. False when it is unknown."""
        for event in self.events:
            if event.id == event_id and event.gateway in self._targets:
                event.fate = Fate.PENDING
                self._push(_Delivery(self._clock.now(), next(self._numbers), event))
                return True
        return False

    def pending(self) -> int:
        """Deliveries still to be made, repetitions included."""
        return len(self._due)

    def deliver(self, *, early: bool = False, at_once: int = 1) -> int:
        """Post what is due by the fake's clock, or with `early` all there is once. Returns how many.

        One `at_once` keeps their order; gateways do not.
        """
        if not self._is_due(early=early):
            return 0
        # Deliveries are plain HTTP. The default would read every authority of the web, for 40 ms each time.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with (
            httpx.Client(timeout=POST_TIMEOUT_S, trust_env=False, verify=nobody) as client,
            ThreadPoolExecutor(at_once) as pool,
        ):
            posts = [pool.submit(self._deliver, client, one) for one in self._take(early=early)]
        for post in posts:
            post.result()
        return len(posts)

    def _deliver(self, client: httpx.Client, delivery: _Delivery) -> None:
        self._judge(delivery, self._post(client, delivery.event))

    def _is_due(self, *, early: bool) -> bool:
        with self._lock:
            return bool(self._due) and (early or self._due[0].due <= self._clock.now())

    def _take(self, *, early: bool) -> Iterator[_Delivery]:
        """Each once, also with `early`: what is refused comes again later."""
        for _ in range(self.pending()):
            if not self._is_due(early=early):
                return
            with self._lock:
                delivery = heapq.heappop(self._due)
            yield delivery

    def _post(self, client: httpx.Client, event: Event) -> int:
        url, sign = self._targets[event.gateway]
        headers = {**sign(event.body, int(self._signed_at().timestamp())), "content-type": "application/json"}
        try:
            return client.post(url, content=event.body, headers=headers).status_code
        except httpx.HTTPError:
            return 0

    def _judge(self, delivery: _Delivery, status: int) -> None:
        event = delivery.event
        with self._lock:
            event.attempts += 1
            event.statuses.append(status)
            if 200 <= status < 300:
                event.fate = Fate.DELIVERED
            elif delivery.attempt == ATTEMPTS_MAX:
                event.fate = Fate.GIVEN_UP if event.fate is Fate.PENDING else event.fate
            else:
                self._repeat(delivery)

    def _repeat(self, delivery: _Delivery) -> None:
        due = self._clock.now() + timedelta(seconds=RETRY_AFTER_S[delivery.attempt - 1])
        self._push(_Delivery(due, next(self._numbers), delivery.event, delivery.attempt + 1))

    def _put(self, event: Event) -> None:
        late_s = self._chance.uniform(0.0, self._plan.delay_s_max)
        if self._happens(self._plan.reordered):
            late_s += self._chance.uniform(0.0, REORDERED_S_MAX)
        due = self._clock.now() + timedelta(seconds=late_s)
        self._push(_Delivery(due, next(self._numbers), event))

    def _push(self, delivery: _Delivery) -> None:
        with self._lock:
            heapq.heappush(self._due, delivery)

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and self._chance.random() < probability
