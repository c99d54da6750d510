"""Stripe's own billing as a story tells it: invoices, their payments, subscriptions. Since 2025-03-31."""

from typing import Any

from bursar.gateways.stripe.amounts import stripe_amount
from bursar.sandbox.stripe_objects import EMAIL, PAYMENT_METHOD, StripeStory

_MONTH_S = 2_592_000
_DAY_S = 86_400
_PRICE = "price_demo_monthly"


def invoice(story: StripeStory, status: str, *, attempts: int = 0, retried: bool = False) -> dict[str, Any]:
    """An invoice of a subscription in one of its states."""
    amount = stripe_amount(story["amount_minor"], story["currency"])
    paid = amount if status == "paid" else 0
    return {
        "id": story["invoice"],
        "object": "invoice",
        "amount_due": amount,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_remaining": amount - paid,
        "attempt_count": attempts,
        "attempted": attempts > 0,
        "auto_advance": status in ("draft", "open"),
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "created": story["created"],
        "currency": story["currency"].lower(),
        "customer": story["customer"],
        "customer_email": EMAIL,
        "customer_name": "Sample Learner",
        "due_date": None,
        "lines": {"object": "list", "data": [_line(story)], "has_more": False, "total_count": 1},
        "livemode": story["livemode"],
        "metadata": {},
        "next_payment_attempt": story["created"] + 3 * _DAY_S if retried else None,
        "number": None if status == "draft" else "DEMO-0001",
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": story["metadata"], "subscription": story["subscription"]},
            "type": "subscription_details",
        },
        "period_end": story["created"],
        "period_start": story["created"] - _MONTH_S,
        "status": status,
        "status_transitions": {"finalized_at": None, "paid_at": None, "voided_at": None},
        "subtotal": amount,
        "total": amount,
        "total_taxes": [],
    }


def invoice_overpaid(story: StripeStory) -> dict[str, Any]:
    """An invoice to which more came than it asked for."""
    return invoice(story, "paid", attempts=1) | {"amount_overpaid": 1}


def invoice_payment(story: StripeStory) -> dict[str, Any]:
    """The payment that was put to an invoice."""
    amount = stripe_amount(story["amount_minor"], story["currency"])
    return {
        "id": f"inpay_{story['payment'].removeprefix('pi_')}",
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": story["created"],
        "currency": story["currency"].lower(),
        "invoice": story["invoice"],
        "is_default": True,
        "livemode": story["livemode"],
        "payment": {"payment_intent": story["payment"], "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": story["created"]},
    }


def subscription(story: StripeStory, status: str) -> dict[str, Any]:
    """A monthly subscription in one of its states."""
    ended = story["created"] if status == "canceled" else None
    return {
        "id": story["subscription"],
        "object": "subscription",
        "billing_cycle_anchor": story["created"],
        "billing_mode": {"type": "flexible"},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": ended,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": story["created"],
        "currency": story["currency"].lower(),
        "customer": story["customer"],
        "default_payment_method": PAYMENT_METHOD,
        "ended_at": ended,
        "items": {"object": "list", "data": [_item(story)], "has_more": False, "total_count": 1},
        "latest_invoice": story["invoice"],
        "livemode": story["livemode"],
        "metadata": story["metadata"],
        "pause_collection": None,
        "pending_update": None,
        "schedule": None,
        "start_date": story["created"],
        "status": status,
        "trial_end": story["created"] + 3 * _DAY_S if status == "trialing" else None,
        "trial_start": story["created"] if status == "trialing" else None,
    }


def _line(story: StripeStory) -> dict[str, Any]:
    return {
        "id": f"il_{story['invoice']}",
        "object": "line_item",
        "amount": stripe_amount(story["amount_minor"], story["currency"]),
        "currency": story["currency"].lower(),
        "description": "1 x Evening course (monthly)",
        "metadata": story["metadata"],
        "parent": {
            "subscription_item_details": {
                "proration": False,
                "subscription": story["subscription"],
                "subscription_item": f"si_{story['subscription']}",
            },
            "type": "subscription_item_details",
        },
        "period": {"end": story["created"] + _MONTH_S, "start": story["created"]},
        "pricing": {"price_details": {"price": _PRICE}, "type": "price_details"},
        "quantity": 1,
    }


def _item(story: StripeStory) -> dict[str, Any]:
    return {
        "id": f"si_{story['subscription']}",
        "object": "subscription_item",
        "current_period_end": story["created"] + _MONTH_S,
        "current_period_start": story["created"],
        "price": {
            "id": _PRICE,
            "object": "price",
            "currency": story["currency"].lower(),
            "recurring": {"interval": "month", "interval_count": 1},
            "unit_amount": stripe_amount(story["amount_minor"], story["currency"]),
        },
        "quantity": 1,
        "subscription": story["subscription"],
    }
