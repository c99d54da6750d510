"""Requests that many tests make."""

from typing import Any

from tests.sandbox.fake.conftest import Stage

SUCCESS, CANCEL = "https://school.example/paid?s={CHECKOUT_SESSION_ID}", "https://school.example/fees"


def session(stage: Stage, **more: Any) -> Any:
    asked = {
        "mode": "payment",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "line_items": [line("Algebra", 4_500)],
        **more,
    }
    return stage.v1.checkout.sessions.create(asked)


def line(name: str, unit_amount: int, quantity: int = 1, **price: Any) -> dict[str, Any]:
    data = {"currency": "usd", "unit_amount": unit_amount, "product_data": {"name": name}, **price}
    return {"quantity": quantity, "price_data": data}


def payment(stage: Stage, method: str = "pm_card_visa", amount: int = 5_000, **more: Any) -> Any:
    asked = {"amount": amount, "currency": "usd", "payment_method": method, "confirm": True, **more}
    return stage.v1.payment_intents.create(asked)
