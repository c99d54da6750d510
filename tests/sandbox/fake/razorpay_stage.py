"""A fake Razorpay of its own for each test, and the real SDK in front of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import razorpay
import requests

from bursar.gateways.protocol import Reading
from bursar.gateways.razorpay.facts import read
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways

_Fact = TypeVar("_Fact")
KEY_ID, KEY_SECRET = "rzp_test_any", "any_secret"
DAY_S = 86_400


@dataclass
class RazorpayStage:
    gateways: FakeGateways
    sdk: Any

    @property
    def url(self) -> str:
        return self.gateways.base_url("razorpay")

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("razorpay", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"razorpay.{operation}", kind=kind, **how))

    def advance(self, seconds: float) -> None:
        self.gateways.clock.advance(seconds)
        self.gateways.catch_up()

    def order(self, amount: int = 50_000, **more: Any) -> str:
        return str(self.sdk.order.create({"amount": amount, "currency": "INR", **more})["id"])

    def paid(self, amount: int = 50_000, method: str = "upi", **more: Any) -> str:
        """A payment of an order."""
        order = self.order(amount, **more)
        return str(self.control("pay", checkout=order, method=method)["razorpay_payment_id"])

    def events(self) -> list[dict[str, Any]]:
        """Everything that was announced, oldest first."""
        return [json.loads(event.body) for event in self.gateways.webhooks.events]

    def types(self) -> list[str]:
        return [event["event"] for event in self.events()]

    def readings(self) -> list[Reading]:
        return [read(event["event"], event) for event in self.events()]

    def facts(self, kind: type[_Fact]) -> list[_Fact]:
        """Everything of this kind that our reader takes out of them."""
        told = [reading for reading in self.readings() if isinstance(reading, tuple)]
        return [fact for reading in told for fact in reading if isinstance(fact, kind)]

    def entity(self, type_: str, kind: str) -> dict[str, Any]:
        """What the latest event of a type says of this kind of thing."""
        found = [event for event in self.events() if event["event"] == type_]
        return dict(found[-1]["payload"][kind]["entity"])

    def error(self, call: Callable[..., Any], *args: Any, **options: Any) -> dict[str, Any]:
        """The whole error of a refused call, of which the SDK keeps only the description."""
        told: list[requests.Response] = []
        session = self.sdk.session
        session.hooks["response"] = [lambda response, **_: told.append(response)]
        try:
            call(*args, **options)
        except (razorpay.errors.BadRequestError, razorpay.errors.ServerError):
            return {"status": told[-1].status_code, **told[-1].json()["error"]}
        finally:
            session.hooks["response"] = []
        raise AssertionError("the call was not refused")


def staged(gateways: FakeGateways) -> RazorpayStage:
    session = requests.Session()
    session.trust_env = False
    sdk = razorpay.Client(session=session, auth=(KEY_ID, KEY_SECRET), base_url=gateways.base_url("razorpay"))
    return RazorpayStage(gateways, sdk)
