"""Post a story as gateways would: many at once, copies at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import httpx

from bursar.sandbox.story import Delivery, Fate

AT_ONCE = 16
"""Posts in flight: more than one gateway sends, fewer than would only measure the client."""


class Posted:
    """What the receiver answered."""

    def __init__(self) -> None:
        self.total = 0
        self.stored = 0
        self.refused = 0
        self.odd: Counter[int] = Counter()
        """Answers that are not what the delivery deserved, by status."""


async def post_all(url: str, deliveries: Sequence[Delivery], tick: Callable[[], None]) -> Posted:
    """Post every delivery, copies concurrently; a refusal of the database is tried again, as gateways do."""
    posted = Posted()
    room = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False) as client:

        async def post(delivery: Delivery) -> None:
            async with room:
                status = await _post_until_final(client, delivery)
            posted.total += 1
            accepted = status == httpx.codes.OK
            posted.stored += accepted
            posted.refused += not accepted
            if accepted != (delivery.fate is Fate.STORED):
                posted.odd[status] += 1
            tick()

        await asyncio.gather(*(post(each) for each in deliveries for _ in range(each.copies)))
    return posted


async def _post_until_final(client: httpx.AsyncClient, delivery: Delivery) -> int:
    """503 means "not now": a gateway comes back until it gets another answer."""
    path, headers = f"/webhooks/{delivery.gateway}", {**delivery.headers, "content-type": "application/json"}
    for _ in range(50):
        response = await client.post(path, content=delivery.body, headers=headers)
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return response.status_code
        await asyncio.sleep(0.1)
    return response.status_code
