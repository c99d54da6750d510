from collections.abc import Iterator

import pytest

from bursar.gateways.razorpay.api import RazorpayApi
from tests.gateways.razorpay.calls.played import RazorpayHand, played
from tests.gateways.razorpay.calls.scripted import ScriptedServer, api_at


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def api(server: ScriptedServer) -> Iterator[RazorpayApi]:
    opened = api_at(server.url)
    yield opened
    opened.close()


@pytest.fixture
def hand() -> Iterator[RazorpayHand]:
    with played() as hand:
        yield hand
