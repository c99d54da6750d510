"""Stripe's Checkout Session as a story tells it."""

from typing import Any

from bursar.gateways.stripe.amounts import stripe_amount
from bursar.sandbox.stripe_objects import StripeStory

_OPEN_S = 1860
"""Seconds a session stays open: thirty minutes are Stripe's least, plus one for its clock."""


def session_completed(story: StripeStory, payment_status: str = "paid") -> dict[str, Any]:
    """A session whose payer has done everything; whether the money came, `payment_status` says."""
    return _session(story) | {
        "customer_details": {
            "address": {"city": None, "country": "US", "line1": None, "postal_code": "10001", "state": None},
            "email": "sample.learner@example.com",
            "name": "Sample Learner",
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "payment_intent": story["payment"],
        "payment_status": payment_status,
        "status": "complete",
        "url": None,
    }


def session_expired(story: StripeStory) -> dict[str, Any]:
    """A session nobody used in time."""
    return _session(story) | {"status": "expired", "url": None}


def _session(story: StripeStory) -> dict[str, Any]:
    amount = stripe_amount(story["amount_minor"], story["currency"])
    return {
        "id": story["checkout"],
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": "https://school.example/fees?canceled=1",
        "client_reference_id": story["client_reference_id"],
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": story["created"],
        "currency": story["currency"].lower(),
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": story["customer"],
        "customer_creation": None,
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "expires_at": story["created"] + _OPEN_S,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": {"footer": None, "metadata": {}}},
        "livemode": story["livemode"],
        "locale": None,
        "metadata": story["metadata"],
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "presentment_details": None,
        "recovered_from": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": "https://school.example/fees?paid=1",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted",
        "url": f"https://checkout.stripe.com/c/pay/{story['checkout']}",
        "wallet_options": None,
    }
