"""What tests of tasks stand on: a state folder of their own, and servers of mail."""

import pytest

from bursar import settings
from models import session
from tasks import gateways, routing
from tests.emails.conftest import start_server
from tests.support.factories import execute
from tests.support.toy.api import ToyApi
from tests.support.toy.install import install

__all__ = ["start_server"]


@pytest.fixture(autouse=True)
def var(database_url, tmp_path, monkeypatch):
    """The state folder: blobs and the outbox."""
    monkeypatch.setenv("BURSAR_VAR", str(tmp_path / "var"))
    settings.load.cache_clear()
    return tmp_path / "var"


@pytest.fixture
def configure(monkeypatch):
    """Set settings by their environment names."""

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()

    return set_all


@pytest.fixture
def slow_customers(configure, broker_url):
    """Each may ask once a minute."""
    configure(BURSAR_CUSTOMER_REQUESTS_PER_MIN="1")
    routing.buckets.cache_clear()
    yield
    routing.buckets.cache_clear()


@pytest.fixture
def impatient(database_url, monkeypatch):
    """Connections that give up on a lock at once."""
    options = session._CONNECTION_OPTIONS.replace("lock_timeout=2000", "lock_timeout=20")
    monkeypatch.setattr(session, "_CONNECTION_OPTIONS", options)
    session.bind(database_url)


@pytest.fixture
def toy(database_url, monkeypatch):
    """The toy gateway, the only one that can be called."""
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("toy")
    install(monkeypatch, api)
    return api


@pytest.fixture
def second_toy(toy, monkeypatch):
    """Another one, asked after it."""
    api = ToyApi("yoyo")
    install(monkeypatch, api)
    return api


@pytest.fixture
def forbid():
    """Make a table refuse rows, as a fault of ours would."""
    spoiled = []

    def add(table: str, condition: str) -> None:
        execute(f"ALTER TABLE {table} ADD CONSTRAINT spoiled CHECK ({condition}) NOT VALID")
        spoiled.append(table)

    yield add
    for table in spoiled:
        execute(f"ALTER TABLE {table} DROP CONSTRAINT spoiled")
