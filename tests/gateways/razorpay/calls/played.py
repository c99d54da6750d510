"""A fake Razorpay with our half in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bursar.gateways.api.protocol import Credentials
from bursar.gateways.razorpay.api import RazorpayApi
from bursar.gateways.razorpay.calls.client import Client
from bursar.rules.calling import Operation
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from tests.gateways.hand import Hand

NAMES = {
    Operation.CREATE_CUSTOMER: "customers.create",
    Operation.CREATE_CHECKOUT: "payment_links.create",
    Operation.CREATE_INTENT: "orders.create",
    Operation.CHARGE: "payments.recurring",
    Operation.CAPTURE: "payments.capture",
    Operation.REFUND: "refunds.create",
    Operation.CREATE_SUBSCRIPTION: "subscriptions.create",
}
MADE = {
    Operation.CREATE_CUSTOMER: "customer",
    Operation.CREATE_CHECKOUT: "payment_link",
    Operation.CREATE_INTENT: "order",
    Operation.CHARGE: "payment",
    Operation.REFUND: "refund",
    Operation.CREATE_SUBSCRIPTION: "subscription",
}


class RazorpayHand(Hand):
    """What tests do to the fake."""

    currency = "INR"
    payment_kind = "payment"

    def __init__(self, gateways: FakeGateways) -> None:
        self.gateways = gateways
        self.api = RazorpayApi(Client(self.credentials("rzp_test_hand")))

    def credentials(self, key_id: str) -> Credentials:
        base_url = self.gateways.base_url("razorpay")
        return Credentials(account="razorpay:test", key_id=key_id, secret="key_secret", base_url=base_url)

    def pay(self, checkout: str) -> str:
        return str(self.control("pay", checkout=checkout)["razorpay_payment_id"])

    def effects(self, operation: Operation) -> int:
        return len(self.all(MADE[operation]))

    def lose_answer(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_AFTER)

    def lose_request(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.TIMEOUT_BEFORE)

    def limit_rate(self, operation: Operation) -> None:
        self.fail(NAMES[operation], FaultKind.RATE_LIMITED)

    def locked_out(self) -> RazorpayApi:
        """Past `open`, which would refuse the only keys that the fake does."""
        return RazorpayApi(Client(self.credentials("rolled")))

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("razorpay", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"razorpay.{operation}", kind=kind, **how))

    def all(self, kind: str) -> list[dict[str, Any]]:
        vendor: Any = self.gateways.vendors["razorpay"]
        return list(vendor.account.all(kind))

    def advance(self, seconds: float) -> None:
        self.gateways.clock.advance(seconds)
        self.gateways.catch_up()


@contextmanager
def played() -> Iterator[RazorpayHand]:
    gateways = FakeGateways.build(every_vendor(), stem="calls")
    with FakeServer(gateways):
        hand = RazorpayHand(gateways)
        yield hand
        hand.api.close()
