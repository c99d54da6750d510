from collections.abc import Iterator

import pytest

from bursar.gateways.paypal.api import PayPalApi
from tests.gateways.paypal.calls.played import PayPalHand, played
from tests.gateways.paypal.calls.scripted import ScriptedServer, api_at


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def api(server: ScriptedServer) -> Iterator[PayPalApi]:
    opened = api_at(server.url)
    yield opened
    opened.close()


@pytest.fixture
def hand() -> Iterator[PayPalHand]:
    with played() as hand:
        yield hand
