"""A fake PayPal with our half in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bursar.gateways import strictjson
from bursar.gateways.api.protocol import Credentials
from bursar.gateways.paypal.api import PayPalApi
from bursar.gateways.paypal.approvals import find_capture
from bursar.gateways.paypal.calls.client import Client
from bursar.rules.calling import Operation
from bursar.sandbox.fake.book import Row
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from tests.gateways.hand import Hand

NAMES = {
    Operation.CREATE_CHECKOUT: "orders.create",
    Operation.CREATE_INTENT: "orders.create",
    Operation.CHARGE: "orders.create",
    Operation.CAPTURE: "orders.capture",
    Operation.REFUND: "captures.refund",
    Operation.CREATE_SUBSCRIPTION: "subscriptions.create",
}
MADE = {
    Operation.CREATE_CHECKOUT: "order",
    Operation.CREATE_INTENT: "order",
    Operation.CHARGE: "capture",
    Operation.CAPTURE: "capture",
    Operation.REFUND: "refund",
    Operation.CREATE_SUBSCRIPTION: "subscription",
}


class PayPalHand(Hand):
    """What tests do to the fake."""

    payment_kind = "capture"

    def __init__(self, gateways: FakeGateways) -> None:
        self.gateways = gateways
        self.api = PayPalApi.open(self.credentials("Aclient"))

    def credentials(self, client_id: str) -> Credentials:
        base_url = self.gateways.base_url("paypal")
        return Credentials(account="paypal:test", key_id=client_id, secret="a secret", base_url=base_url)

    def pay(self, checkout: str) -> str:
        """The payer approves; we capture, as whoever hears the event must."""
        self.control("approve", checkout=checkout)
        found = self.api.fetch("order", checkout)
        capture = find_capture(found.type, strictjson.loads(found.document))
        assert capture is not None
        return self.api.perform(capture, f"capture-{checkout}").payment

    def effects(self, operation: Operation) -> int:
        return len(self.all(MADE[operation]))

    def lose_answer(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_AFTER)

    def lose_request(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_BEFORE)

    def limit_rate(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.RATE_LIMITED)

    def locked_out(self) -> PayPalApi:
        return PayPalApi(Client(self.credentials("unknown")))

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("paypal", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"paypal.{operation}", kind=kind, **how))

    def all(self, kind: str) -> list[dict[str, Any]]:
        return list(self.vendor.account.all(kind))

    def rows(self) -> list[Row]:
        return self.gateways.book.rows(gateway="paypal")

    @property
    def vendor(self) -> Any:
        return self.gateways.vendors["paypal"]

    def advance(self, seconds: float) -> None:
        self.gateways.clock.advance(seconds)
        self.gateways.catch_up()


@contextmanager
def played() -> Iterator[PayPalHand]:
    gateways = FakeGateways.build(every_vendor(), stem="calls")
    with FakeServer(gateways):
        hand = PayPalHand(gateways)
        yield hand
        hand.api.close()
