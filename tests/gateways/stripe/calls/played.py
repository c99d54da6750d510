"""A fake Stripe with our half in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bursar.gateways.api.protocol import Credentials
from bursar.gateways.stripe.api import StripeApi
from bursar.gateways.stripe.calls.client import Connection
from bursar.rules.calling import Operation
from bursar.sandbox.fake.book import Kind
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from tests.gateways.hand import Hand

NAMES = {
    Operation.CREATE_CUSTOMER: "customers.create",
    Operation.CREATE_CHECKOUT: "checkout.sessions.create",
    Operation.CREATE_INTENT: "payment_intents.create",
    Operation.CHARGE: "payment_intents.create",
    Operation.REFUND: "refunds.create",
}
MADE = {Operation.CREATE_CUSTOMER: "customer", Operation.CREATE_CHECKOUT: "checkout.session"}


class StripeHand(Hand):
    """What tests do to the fake."""

    payment_kind = "payment_intent"

    def __init__(self, gateways: FakeGateways) -> None:
        self.gateways = gateways
        base_url = gateways.base_url("stripe")
        self.api = StripeApi.open(
            Credentials(account="stripe:test", secret="sk_test_hand", base_url=base_url)
        )

    def pay(self, checkout: str) -> str:
        return str(self.control("pay", session=checkout)["payment_intent"])

    def effects(self, operation: Operation) -> int:
        if operation is Operation.REFUND:
            return len(self.gateways.book.rows(Kind.REFUND))
        if operation in (Operation.CHARGE, Operation.CREATE_INTENT):
            return len(self.gateways.book.rows(Kind.CHARGE))
        return len(self.all(MADE[operation]))

    def lose_answer(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_AFTER)

    def lose_request(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_BEFORE)

    def limit_rate(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.RATE_LIMITED)

    def locked_out(self) -> StripeApi:
        """Past `open`, which would refuse the only keys that the fake does."""
        base_url = self.gateways.base_url("stripe")
        return StripeApi(Connection(Credentials(account="stripe:test", secret="rolled", base_url=base_url)))

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("stripe", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"stripe.{operation}", kind=kind, **how))

    def all(self, kind: str) -> list[dict[str, Any]]:
        vendor: Any = self.gateways.vendors["stripe"]
        return list(vendor.account.all(kind))


@contextmanager
def played() -> Iterator[StripeHand]:
    gateways = FakeGateways.build(every_vendor(), stem="calls")
    with FakeServer(gateways):
        hand = StripeHand(gateways)
        yield hand
        hand.api.close()
