"""Two servers that must behave alike: a fake one, and a real one of Redis's protocol."""

import fakeredis
import pytest
from redis import Redis

from bursar.gateways.health.breaker import SLOT_S
from bursar.gateways.health.connection import SharedRedis


@pytest.fixture(params=["fake", "real"])
def connect(request):
    """Makes clients of one empty server."""
    if request.param == "fake":
        server = fakeredis.FakeServer()
        yield lambda: fakeredis.FakeRedis(server=server, decode_responses=True)
        return
    url = request.getfixturevalue("broker_url")
    made = []

    def client() -> Redis:
        made.append(Redis.from_url(url, decode_responses=True))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def shared(client):
    return SharedRedis(client)


@pytest.fixture
def let_pass(client):
    """Seconds go by for all that is kept, without waiting for them."""

    def pass_(seconds: float) -> None:
        for key in list(client.scan_iter("bursar:*")):
            left_ms = client.pttl(key) - round(seconds * 1_000)
            if key.endswith(":window"):
                _shift(client, key, slots=int(seconds // SLOT_S))
            client.pexpire(key, left_ms)

    return pass_


def _shift(client: Redis, key: str, slots: int) -> None:
    counts = client.hgetall(key)
    client.hdel(key, *counts)
    for field, count in counts.items():
        slot, _, outcome = field.partition(":")
        client.hset(key, f"{int(slot) - slots}:{outcome}", count)
