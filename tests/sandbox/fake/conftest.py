"""A fake server of its own for each test, and the real SDK in front of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import stripe

from bursar.sandbox.fake.book import Book
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from bursar.sandbox.fake.webhooks import Plan
from tests.sandbox.fake.receiving import Receiver, receiving

SECRET = b"whsec_of_this_test_0123456789"


@dataclass
class Stage:
    """What a test of the fake talks to."""

    gateways: FakeGateways
    v1: Any
    """Stripe's SDK, of a client that neither retries nor waits long."""

    @property
    def book(self) -> Book:
        return self.gateways.book

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("stripe", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"stripe.{operation}", kind=kind, **how))

    def types(self) -> list[str]:
        """The types of every event so far, oldest first."""
        return [event.type for event in self.gateways.webhooks.events]

    def client(self, **options: Any) -> stripe.StripeClient:
        addresses = {"api": self.gateways.base_url("stripe")}
        return stripe.StripeClient(
            "sk_test_any",
            base_addresses=addresses,  # type: ignore[arg-type]
            http_client=stripe.RequestsClient(timeout=5),
            **options,
        )


@pytest.fixture
def plan() -> Plan:
    """How webhooks are delivered; a test of bad delivery overrides it."""
    return Plan()


@pytest.fixture
def stage(plan: Plan) -> Iterator[Stage]:
    gateways = FakeGateways.build(every_vendor({"stripe": SECRET}), plan=plan, stem="t")
    with FakeServer(gateways):
        staged = Stage(gateways, None)
        client = staged.client()
        staged.v1 = client.v1
        yield staged


@pytest.fixture
def http(stage: Stage) -> Iterator[httpx.Client]:
    """A script, or a browser, in front of the same server."""
    with httpx.Client(base_url=stage.gateways.url, trust_env=False, timeout=5) as client:
        yield client


@pytest.fixture
def receiver(stage: Stage) -> Iterator[Receiver]:
    with receiving() as receiver:
        stage.gateways.subscribe(receiver.url)
        yield receiver
