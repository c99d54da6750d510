"""What every test stands on: private servers, an empty environment, no network."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest

from bursar import settings
from bursar.errors import Misconfigured
from bursar.sandbox.broker import PrivateBroker
from tests.support import sockets
from tests.support.databases import VARIABLE, RunServer, TestDatabase

_SERVER = pytest.StashKey[RunServer]()
_CLEARED = ("BURSAR_", "STRIPE_", "RAZORPAY_", "PAYPAL_", "FLOWER_", "CELERY_")
_CLEARED_NAMES = {"DATABASE_URL", "REDIS_URL", "PORT", "FRONTEND_URL"}
_NO_BROKER = "redis://127.0.0.1:1/0"
"""Nobody listens there: a test that publishes without `broker_url` sees a broker that is away."""
_KEPT = {"BURSAR_TEST_DATABASE_URL", "BURSAR_TEST_BROKER_URL"}


def pytest_configure(config: pytest.Config) -> None:
    """Slow machines are no bug; where a merge is guarded, two runs of one commit must agree."""
    hypothesis.settings.register_profile(
        "bursar",
        deadline=None,
        database=None,
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("bursar")
    config.stash[_SERVER] = RunServer()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_SERVER].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under xdist the controller owns the one PostgreSQL of the run; its workers get the URL."""
    server = node.config.stash[_SERVER]
    node.workerinput["bursar_run"] = server.run
    try:
        node.workerinput["bursar_postgres"] = server.admin_url()
    except Misconfigured as missing:
        node.workerinput["bursar_missing"] = str(missing)


@pytest.fixture(scope="session")
def _database(request: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    given = getattr(request.config, "workerinput", {})
    if "bursar_missing" in given:
        _missing(given["bursar_missing"])
    server = request.config.stash[_SERVER]
    try:
        admin_url = given.get("bursar_postgres") or server.admin_url()
    except Misconfigured as missing:
        _missing(str(missing))
    made = TestDatabase.create(
        admin_url, run=given.get("bursar_run", server.run), worker=given.get("workerid", "main")
    )
    yield made
    made.drop()


@pytest.fixture
def database_url(_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty PostgreSQL database, bound to this process and named by BURSAR_DATABASE_URL."""
    from models import session  # tests of pure rules need no database driver

    _database.empty()
    monkeypatch.setenv("BURSAR_DATABASE_URL", _database.url)
    settings.load.cache_clear()
    session.bind(_database.url)
    yield _database.url
    session.bind("")


@pytest.fixture(scope="session")
def _broker() -> Iterator[str]:
    if configured := os.environ.get("BURSAR_TEST_BROKER_URL"):
        yield configured
        return
    broker = PrivateBroker()
    try:
        broker.start()
    except Misconfigured as missing:
        _missing(str(missing))
    yield broker.url
    broker.close()


@pytest.fixture
def broker_url(_broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty broker that the Celery application of this process publishes to."""
    import redis  # tests of pure rules need no broker client

    monkeypatch.setenv("BURSAR_BROKER_URL", _broker)
    settings.load.cache_clear()
    with redis.Redis.from_url(_broker) as client:
        client.flushdb()
    publish_to(_broker)
    yield _broker
    publish_to(_NO_BROKER)


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the developer's shell or `.env` reaches a test."""
    for name in list(os.environ):
        if name not in _KEPT and (name.startswith(_CLEARED) or name in _CLEARED_NAMES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("BURSAR_ENV_FILE", "")
    monkeypatch.setenv("BURSAR_BROKER_URL", _NO_BROKER)
    monkeypatch.setenv("BURSAR_VAR", str(tmp_path_factory.getbasetemp() / "var"))
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    configured = (os.environ.get(VARIABLE), os.environ.get("BURSAR_TEST_BROKER_URL"))
    ports = frozenset(port for url in configured if url and (port := urlsplit(url).port))
    sockets.block(monkeypatch, allowed_ports=ports)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of foreign payloads named by GATEWAY_CORPUS."""
    folder = os.environ.get("GATEWAY_CORPUS")
    if not folder:
        pytest.skip("GATEWAY_CORPUS is not set: no foreign payloads to check against")
    return Path(folder)


def publish_to(url: str) -> None:
    """Point the Celery application at a broker; kombu keeps its pools per process, so they go first."""
    from kombu import pools  # tests of pure rules need no broker client

    from workers.celery import app  # reads its settings on first use

    pools.reset()
    app._after_fork()  # what Celery itself calls to forget its pools
    app.conf.broker_url = url


def _missing(what: str) -> Any:
    """A laptop without the wheels may skip; the machine that guards a merge may not."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
