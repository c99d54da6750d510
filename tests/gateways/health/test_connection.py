"""Which Redis is used, and that nobody has to wait or fail when it is away."""

import fakeredis
import pytest
from redis import Redis
from structlog.testing import capture_logs

from bursar import settings
from bursar.errors import Misconfigured
from bursar.gateways.health import connection
from bursar.gateways.health.connection import PAUSE_S, WARNING_EVERY_S, SharedRedis, client_of, shared_redis
from bursar.sandbox.broker import PrivateBroker
from tests.support.processes import DEADLINE_S, python

RABBIT = "amqp://127.0.0.1:1//"
NOWHERE = "redis://127.0.0.1:1/0"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def of_this_process(monkeypatch):
    """What this process shares under these variables."""
    found = []

    def shared(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()
        found.append(shared_redis(settings.load()))
        return found[-1]

    connection._shared.cache_clear()
    yield shared
    connection._shared.cache_clear()
    for each in found:
        if each._client is not None:
            each._client.close()


def ping(client):
    return client.ping()


def connection_id(client):
    return client.client_id()


def test_the_broker_serves_when_it_speaks_redis(of_this_process, broker_url):
    assert of_this_process().ask(ping, False) is True


def test_a_redis_that_is_named_comes_before_the_broker(of_this_process, broker_url):
    rabbit = of_this_process(BURSAR_BROKER_URL=RABBIT, BURSAR_REDIS_URL=broker_url)
    both = of_this_process(BURSAR_BROKER_URL=broker_url, BURSAR_REDIS_URL=NOWHERE)

    assert (rabbit.ask(ping, False), both.ask(ping, False)) == (True, False)


def test_without_any_redis_that_is_said_once_and_nothing_is_known(of_this_process):
    with capture_logs() as logged:
        assert of_this_process(BURSAR_BROKER_URL=RABBIT).ask(ping, False) is False
        assert of_this_process(BURSAR_BROKER_URL=RABBIT).ask(ping, False) is False

    assert [each["event"] for each in logged] == ["health.not_shared"]
    assert "BURSAR_REDIS_URL" in logged[0]["cure"]


@pytest.mark.parametrize(
    "url", ["http://user:pa55word@cache/0", "redis://user:pa55word@cache:port/0"], ids=["scheme", "port"]
)
def test_a_url_that_is_none_is_refused_by_its_variable_and_without_its_password(url, of_this_process):
    with pytest.raises(Misconfigured) as refused:
        of_this_process(BURSAR_REDIS_URL=url)

    assert str(refused.value).startswith("BURSAR_REDIS_URL: ")
    assert str(refused.value).endswith("; write redis://host:6379/0")
    assert "pa55word" not in str(refused.value)


def test_a_process_has_one(of_this_process, broker_url):
    assert of_this_process() is of_this_process()


def test_a_child_that_was_forked_after_use_has_a_connection_of_its_own(broker_url):
    with python(FORKED, BURSAR_REDIS_URL=broker_url) as process:
        said, _ = process.communicate(timeout=DEADLINE_S)

    before, child, after = said.split()
    assert child != before == after


FORKED = """
import os
from bursar.gateways.health.connection import shared_redis
from bursar.settings import load

shared = shared_redis(load())
mine = lambda: print(shared.ask(lambda client: client.client_id(), "nothing"), flush=True)
mine()
if os.fork() == 0:
    mine()
    os._exit(0)
os.wait()
mine()
"""


def test_a_redis_that_is_away_is_left_alone_for_a_while_and_told_of_once_a_minute():
    server, clock, asked = fakeredis.FakeServer(), Clock(), []
    shared = SharedRedis(fakeredis.FakeRedis(server=server), clock)

    def question(client):
        asked.append(clock.now_s)
        return client.ping()

    server.connected = False
    with capture_logs() as logged:
        assert [shared.ask(question, "unknown") for _ in range(3)] == ["unknown"] * 3
        assert asked == [100.0]
        clock.now_s += PAUSE_S
        assert shared.ask(question, "unknown") == "unknown"
        assert asked == [100.0, 100.0 + PAUSE_S]
        assert len(logged) == 1
        clock.now_s += WARNING_EVERY_S
        shared.ask(question, "unknown")

    assert [(each["event"], each["error"]) for each in logged] == [
        ("health.redis_away", "ConnectionError"),
        ("health.redis_away", "ConnectionError"),
    ]
    server.connected = True
    clock.now_s += PAUSE_S
    assert shared.ask(question, "unknown") is True


def test_a_redis_that_went_away_and_came_back_is_asked_again():
    clock = Clock()
    with PrivateBroker() as broker, client_of(broker.url) as client:
        shared = SharedRedis(client, clock)
        assert shared.ask(ping, False) is True
        broker.kill()
        assert shared.ask(ping, False) is False
        broker.start()
        assert shared.ask(ping, False) is False
        clock.now_s += PAUSE_S

        assert shared.ask(ping, False) is True


def test_a_connection_that_the_server_closed_while_it_was_idle_is_made_anew(broker_url):
    with client_of(broker_url) as client, Redis.from_url(broker_url) as other, capture_logs() as logged:
        shared = SharedRedis(client)
        mine = shared.ask(connection_id, None)
        other.client_kill_filter(_id=str(mine))

        assert shared.ask(connection_id, None) not in {mine, None}

    assert logged == []


def test_what_is_no_trouble_of_redis_is_not_hidden():
    def question(_client):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        SharedRedis(fakeredis.FakeRedis()).ask(question, None)
