"""PayPal's objects as a story tells them and its API writes them. Own wording, no real data."""

from datetime import UTC, datetime
from typing import Any, TypedDict

from bursar.gateways.paypal.amounts import paypal_text


class PayPalStory(TypedDict, total=False):
    """What may be said of one payment; `told` fills in the rest."""

    payment: str
    """The capture, or the sale of a subscription."""
    checkout: str
    """The order."""
    refund: str
    dispute: str
    subscription: str
    customer: str
    """PayPal's id of the payer."""
    amount_minor: int
    refund_minor: int
    fee_minor: int
    """0: PayPal did not say."""
    currency: str
    settled_currency: str
    """Anything but `currency` is exchanged one to one."""
    metadata: dict[str, str]
    """Becomes `custom_id`, but for the invoice, which has a field of its own."""
    created: int
    """Unix seconds."""


def told(story: PayPalStory) -> PayPalStory:
    """The story with nothing left open. Ids that were not given follow from the payment's."""
    payment = story.get("payment", "5DEMO0001")
    amount_minor = story.get("amount_minor", 49_900)
    currency = story.get("currency", "USD")
    complete: PayPalStory = {
        "payment": payment,
        "checkout": f"{payment}-O",
        "refund": f"{payment}-R",
        "dispute": f"PP-D-{payment}",
        "subscription": f"I-{payment}",
        "customer": "PAYERDEMO0001",
        "amount_minor": amount_minor,
        "refund_minor": amount_minor,
        "fee_minor": 0,
        "currency": currency,
        "settled_currency": currency,
        "metadata": {},
        "created": 1_795_000_000,
    }
    complete.update(story)
    return complete


def money(amount_minor: int, currency: str) -> dict[str, str]:
    """An amount as v2 writes it."""
    return {"currency_code": currency, "value": paypal_text(amount_minor, currency)}


def old_money(amount_minor: int, currency: str) -> dict[str, str]:
    """An amount as v1 writes it."""
    return {"currency": currency, "total": paypal_text(amount_minor, currency)}


def at(story: PayPalStory, later_s: int = 0) -> str:
    """The story's time, or one later."""
    return datetime.fromtimestamp(story["created"] + later_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def link(relation: str, path: str) -> dict[str, str]:
    """A link to another object."""
    return {"href": f"https://api.sandbox.paypal.com{path}", "rel": relation, "method": "GET"}


def capture(story: PayPalStory, status: str) -> dict[str, Any]:
    """A capture in one of its states, with what PayPal kept of it."""
    payment = f"/v2/payments/captures/{story['payment']}"
    return {
        "id": story["payment"],
        "status": status,
        "amount": money(story["amount_minor"], story["currency"]),
        "final_capture": True,
        "seller_protection": {"status": "ELIGIBLE"},
        "seller_receivable_breakdown": _received(story) if status == "COMPLETED" else {},
        **_texts(story),
        "supplementary_data": {"related_ids": {"order_id": story["checkout"]}},
        "create_time": at(story),
        "update_time": at(story),
        "links": [link("self", payment), link("up", f"/v2/checkout/orders/{story['checkout']}")],
    }


def order(story: PayPalStory, status: str) -> dict[str, Any]:
    """An order; a completed one holds its capture."""
    unit: dict[str, Any] = {
        "reference_id": "default",
        "amount": money(story["amount_minor"], story["currency"]),
        "payee": {"email_address": "school@example.com", "merchant_id": "MERCHANTDEMO1"},
        **_texts(story),
    }
    if status == "COMPLETED":
        unit["payments"] = {"captures": [capture(story, "COMPLETED")]}
    return {
        "id": story["checkout"],
        "intent": "CAPTURE",
        "status": status,
        "purchase_units": [unit],
        "payer": _payer(story),
        "create_time": at(story, -60),
        "update_time": at(story),
        "links": [link("self", f"/v2/checkout/orders/{story['checkout']}")],
    }


def refund(story: PayPalStory, status: str = "COMPLETED") -> dict[str, Any]:
    """A refund, or a reversal: both are written like this, and only link to their capture."""
    amount = money(story["refund_minor"], story["currency"])
    return {
        "id": story["refund"],
        "status": status,
        "amount": amount,
        "seller_payable_breakdown": {"gross_amount": amount, "net_amount": amount},
        **_texts(story),
        "create_time": at(story, 60),
        "update_time": at(story, 60),
        "links": [
            link("self", f"/v2/payments/refunds/{story['refund']}"),
            link("up", f"/v2/payments/captures/{story['payment']}"),
        ],
    }


def sale(story: PayPalStory, state: str) -> dict[str, Any]:
    """How a subscription was paid; v1."""
    texts = _texts(story)
    fee = {"value": paypal_text(story["fee_minor"], story["currency"]), "currency": story["currency"]}
    return {
        "id": story["payment"],
        "state": state,
        "amount": old_money(story["amount_minor"], story["currency"]),
        "payment_mode": "INSTANT_TRANSFER",
        "protection_eligibility": "ELIGIBLE",
        **({"transaction_fee": fee} if story["fee_minor"] else {}),
        "billing_agreement_id": story["subscription"],
        **({"custom": texts["custom_id"]} if "custom_id" in texts else {}),
        "create_time": at(story),
        "update_time": at(story),
        "links": [link("self", f"/v1/payments/sale/{story['payment']}")],
    }


def sale_refund(story: PayPalStory) -> dict[str, Any]:
    """A refund or reversal of a sale; v1 writes the amount below 0."""
    return {
        "id": story["refund"],
        "state": "completed",
        "amount": old_money(-story["refund_minor"], story["currency"]),
        "sale_id": story["payment"],
        "create_time": at(story, 60),
        "update_time": at(story, 60),
        "links": [
            link("self", f"/v1/payments/refund/{story['refund']}"),
            link("sale", f"/v1/payments/sale/{story['payment']}"),
        ],
    }


def _received(story: PayPalStory) -> dict[str, Any]:
    amount_minor, fee_minor, currency = story["amount_minor"], story["fee_minor"], story["currency"]
    breakdown: dict[str, Any] = {
        "gross_amount": money(amount_minor, currency),
        "net_amount": money(amount_minor - fee_minor, currency),
    }
    if fee_minor:
        breakdown["paypal_fee"] = money(fee_minor, currency)
    if story["settled_currency"] != currency:
        breakdown["receivable_amount"] = money(amount_minor - fee_minor, story["settled_currency"])
        breakdown["exchange_rate"] = {
            "source_currency": currency,
            "target_currency": story["settled_currency"],
            "value": "1",
        }
    return breakdown


def _texts(story: PayPalStory) -> dict[str, str]:
    metadata = dict(story["metadata"])
    invoice = metadata.pop("invoice", None)
    texts = {"invoice_id": invoice} if invoice else {}
    if metadata:
        texts["custom_id"] = ";".join(f"{name}={value}" for name, value in metadata.items())
    return texts


def _payer(story: PayPalStory) -> dict[str, Any]:
    return {
        "payer_id": story["customer"],
        "name": {"given_name": "Sample", "surname": "Learner"},
        "email_address": "sample.learner@example.com",
    }
