"""A scripted Stripe for each test, and our half that talks to it."""

from collections.abc import Iterator

import pytest

from bursar.gateways.stripe.api import StripeApi
from tests.gateways.stripe.calls.played import StripeHand, played
from tests.gateways.stripe.calls.scripted import Script, scripted


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as server:
        yield server


@pytest.fixture
def api(script: Script) -> Iterator[StripeApi]:
    opened = script.api()
    yield opened
    opened.close()


@pytest.fixture
def hand() -> Iterator[StripeHand]:
    with played() as hand:
        yield hand
