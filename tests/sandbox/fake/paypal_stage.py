"""A fake PayPal of its own for each test, and plain HTTP in front of it: our own half is not asked."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from bursar.gateways.paypal.facts import read
from bursar.gateways.protocol import Reading
from bursar.sandbox.fake.faults import Fault, FaultKind
from bursar.sandbox.fake.gateways import FakeGateways

DAY_S = 86_400
RETURN_URL, CANCEL_URL = "https://school.example/paid?term=spring", "https://school.example/later"
PAIR = ("Aany", "any_secret")


@dataclass
class PayPalStage:
    gateways: FakeGateways
    http: httpx.Client

    def control(self, name: str, **arguments: Any) -> Any:
        return self.gateways.control("paypal", name, **arguments)

    def fail(self, operation: str, kind: FaultKind, **how: Any) -> None:
        self.gateways.faults.add(Fault(operation=f"paypal.{operation}", kind=kind, **how))

    def advance(self, seconds: float) -> None:
        self.gateways.clock.advance(seconds)
        self.gateways.catch_up()

    def log_in(self) -> None:
        """Ask for a token, and send it with every request from now on."""
        form = {"grant_type": "client_credentials"}
        answer = self.http.post("/paypal/v1/oauth2/token", data=form, auth=PAIR)
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(f"/paypal{path}", params=query)

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"PayPal-Request-Id": key} if key else {}
        return self.http.post(f"/paypal{path}", json=body if body is not None else {}, headers=headers)

    def order(self, value: str = "120.00", key: str | None = None, **unit: Any) -> str:
        """An order whose payer is sent to the hosted page."""
        context = {"return_url": RETURN_URL, "cancel_url": CANCEL_URL}
        body = {
            "intent": "CAPTURE",
            "purchase_units": [{"amount": {"currency_code": "USD", "value": value}, **unit}],
            "payment_source": {"paypal": {"experience_context": context}},
        }
        return str(self.post("/v2/checkout/orders", body, key).json()["id"])

    def paid(self, value: str = "120.00", **unit: Any) -> str:
        """A capture."""
        order = self.order(value, **unit)
        self.control("approve", checkout=order)
        captured = self.post(f"/v2/checkout/orders/{order}/capture").json()
        return str(captured["purchase_units"][0]["payments"]["captures"][0]["id"])

    def events(self) -> list[dict[str, Any]]:
        """Everything that was announced, oldest first."""
        return [json.loads(event.body) for event in self.gateways.webhooks.events]

    def types(self) -> list[str]:
        return [event["event_type"] for event in self.events()]

    def readings(self) -> list[Reading]:
        return [read(event["event_type"], event) for event in self.events()]


def issue_of(answer: httpx.Response) -> str:
    """What PayPal calls the mistake."""
    return str(answer.json()["details"][0]["issue"])
