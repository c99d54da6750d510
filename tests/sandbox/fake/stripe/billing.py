"""Subscriptions that many tests begin."""

from typing import Any

from tests.sandbox.fake.conftest import Stage

MONTH_S = 30 * 86_400
"""Seconds of the fake's month."""


def price(stage: Stage, unit_amount: int, interval: str = "month", currency: str = "usd") -> str:
    made = stage.v1.prices.create(
        {
            "currency": currency,
            "unit_amount": unit_amount,
            "product_data": {"name": f"Club {unit_amount}"},
            "recurring": {"interval": interval},
        }
    )
    return made.id


def payer(stage: Stage, method: str | None = "pm_card_visa") -> str:
    """A customer with a default payment method, or none."""
    customer = stage.v1.customers.create({"email": "payer@example.com"})
    if method:
        saved = stage.v1.payment_methods.attach(method, {"customer": customer.id})
        settings = {"default_payment_method": saved.id}
        stage.v1.customers.update(customer.id, {"invoice_settings": settings})
    return customer.id


def subscription(
    stage: Stage, unit_amount: int = 3_000, method: str | None = "pm_card_visa", **more: Any
) -> Any:
    asked = {
        "customer": payer(stage, method),
        "items": [{"price": price(stage, unit_amount)}],
        "expand": ["latest_invoice.payments"],
        **more,
    }
    return stage.v1.subscriptions.create(asked)


def switch_card(stage: Stage, customer: str, method: str) -> None:
    """The customer's card is another from now on."""
    saved = stage.v1.payment_methods.attach(method, {"customer": customer})
    stage.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": saved.id}})
