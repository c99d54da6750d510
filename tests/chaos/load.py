"""What two gateways deliver in a storm: thousands of payments, told twice and out of order, until heard.

The book behind it says what really happened; nothing here looks at Bursar's own tables.
"""

import asyncio
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from bursar.sandbox.school import open_school
from bursar.sandbox.signers import sign_razorpay, sign_stripe
from bursar.sandbox.story import Book, Delivery, Fate, Teller

PAYMENTS_PER_PAIR = 2.25
"""A learner pays once, a pupil 1.25 times."""
SENDERS = 12
"""Deliveries in flight: more than one gateway sends."""
AGAIN_S = (0.1, 0.2, 0.4, 0.8)
"""Pauses before the next attempt; the last one repeats. A gateway takes minutes, a test has seconds."""
WINDOW = 150
"""Deliveries change places within about this many, so a refund may be told before its payment."""
DUPLICATES = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Everything that will be delivered, in its order."""

    deliveries: Sequence[Delivery]
    book: Book

    @property
    def accepted(self) -> int:
        """Different events that must be in the inbox at the end."""
        return len({(each.gateway, each.body) for each in self.deliveries if each.fate is Fate.STORED})


def prepare(secrets: dict[str, bytes], payments: int, seed: int) -> Load:
    """Open a school large enough and tell its day: every body once, three in ten twice."""
    pairs = int(payments / PAYMENTS_PER_PAIR) + 1
    school = open_school(learners=pairs, pupils=pairs)
    story = Teller(secrets, int(time.time()), seed).tell(school, window=WINDOW)
    return Load(deliveries=_doubled(story.deliveries, random.Random(seed)), book=story.book)


def _doubled(deliveries: Sequence[Delivery], dice: random.Random) -> list[Delivery]:
    """Half of the duplicates come right behind the first, half of them some time later."""
    placed = [(float(place), each) for place, each in enumerate(deliveries)]
    for place, each in enumerate(deliveries):
        if dice.random() < DUPLICATES:
            placed.append((place + (0.5 if dice.random() < 0.5 else dice.uniform(1, 3 * WINDOW)), each))
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


class Gateways(threading.Thread):
    """Delivers from a thread of its own; every attempt is signed anew, at any receiver, until one answers."""

    def __init__(self, urls: Sequence[str], secrets: dict[str, bytes], load: Load) -> None:
        super().__init__(name="gateways", daemon=True)
        self._urls = urls
        self._secrets = secrets
        self._load = load
        self._allowed = 0
        self._next = 0
        self._moved = threading.Condition()
        self.attempts = 0
        self.answered = 0
        self.wrong: list[str] = []

    def allow(self, count: int) -> None:
        """Let the next `count` deliveries go."""
        with self._moved:
            self._allowed += count
            self._moved.notify_all()

    def finish(self) -> None:
        """Let everything go and wait until it is delivered."""
        self.allow(len(self._load.deliveries))
        self.join()

    @property
    def behind(self) -> int:
        """Deliveries that may go and are not answered yet."""
        return min(self._allowed, len(self._load.deliveries)) - self.answered

    def run(self) -> None:
        """Deliver until all is delivered."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=SENDERS)
        async with httpx.AsyncClient(timeout=10.0, trust_env=False, limits=limits) as client:
            await asyncio.gather(*(self._send_on(client, n) for n in range(SENDERS)))

    async def _send_on(self, client: httpx.AsyncClient, sender: int) -> None:
        while self._next < len(self._load.deliveries):
            if self._next >= self._allowed:
                await asyncio.sleep(0.01)
                continue
            delivery = self._load.deliveries[self._next]
            self._next += 1
            await self._deliver(client, delivery, sender)
            self.answered += 1

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery, attempt: int) -> None:
        for pause_s in (*AGAIN_S, *(AGAIN_S[-1] for _ in range(1_000))):
            self.attempts += 1
            attempt += 1
            status = await self._post(client, delivery, self._urls[attempt % len(self._urls)])
            if delivery.fate is Fate.STORED and httpx.codes.is_success(status):
                return
            if delivery.fate is Fate.REFUSED and httpx.codes.is_client_error(status):
                return
            if status not in {0, httpx.codes.SERVICE_UNAVAILABLE}:
                self.wrong.append(f"{delivery.gateway}: {status}")
            await asyncio.sleep(pause_s)
        self.wrong.append(f"{delivery.gateway}: never answered")

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery, url: str) -> int:
        """The status; 0 when nobody answered."""
        headers = delivery.headers if delivery.fate is Fate.REFUSED else self._signed(delivery)
        try:
            answer = await client.post(
                f"{url}/webhooks/{delivery.gateway}",
                content=delivery.body,
                headers={**headers, "content-type": "application/json"},
            )
        except httpx.TransportError:
            return 0
        return answer.status_code

    def _signed(self, delivery: Delivery) -> dict[str, str]:
        key = self._secrets[delivery.gateway]
        if delivery.gateway == "stripe":
            return sign_stripe(delivery.body, key, int(time.time()))
        return sign_razorpay(delivery.body, key)
