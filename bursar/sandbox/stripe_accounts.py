"""Stripe's records of a customer, their saved ways to pay, and our payouts, as a story tells them."""

from typing import Any

from bursar.gateways.stripe.amounts import stripe_amount
from bursar.sandbox.stripe_objects import EMAIL, StripeStory

_CARD = {
    "brand": "visa",
    "country": "US",
    "exp_month": 4,
    "exp_year": 2031,
    "funding": "credit",
    "last4": "0341",
}
_FINGERPRINT = "DemoCardDemoCard"


def customer(story: StripeStory) -> dict[str, Any]:
    """A customer record, with the name and address that stay at Stripe."""
    return {
        "id": story["customer"],
        "object": "customer",
        "address": {"city": None, "country": "US", "line1": None, "postal_code": "10001", "state": None},
        "balance": 0,
        "created": story["created"],
        "currency": story["currency"].lower(),
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": EMAIL,
        "invoice_prefix": "DEMO",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": story["method"],
            "footer": None,
        },
        "livemode": story["livemode"],
        "metadata": story["metadata"],
        "name": "Sample Learner",
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
    }


def payment_method(story: StripeStory, *, attached: bool) -> dict[str, Any]:
    """A saved card."""
    return {
        "id": story["method"],
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": {"country": "US"}, "email": EMAIL, "name": "Sample Learner"},
        "card": _CARD
        | {
            "checks": {"address_line1_check": None, "cvc_check": "pass"},
            "display_brand": "visa",
            "fingerprint": _FINGERPRINT,
            "networks": {"available": ["visa"], "preferred": None},
            "wallet": None,
        },
        "created": story["created"],
        "customer": story["customer"] if attached else None,
        "livemode": story["livemode"],
        "metadata": {},
        "type": "card",
    }


def saved_card(story: StripeStory) -> dict[str, Any]:
    """A card as customers saved it before there were payment methods."""
    return _CARD | {
        "id": f"card_{story['payment'].removeprefix('pi_')}",
        "object": "card",
        "address_country": "US",
        "address_zip": "10001",
        "brand": "Visa",
        "customer": story["customer"],
        "cvc_check": "pass",
        "dynamic_last4": None,
        "fingerprint": _FINGERPRINT,
        "metadata": {},
        "name": "Sample Learner",
        "tokenization_method": None,
    }


def payout(story: StripeStory, status: str, *, reconciled: bool = False) -> dict[str, Any]:
    """Money on its way to our bank account."""
    return {
        "id": story["payout"],
        "object": "payout",
        "amount": stripe_amount(story["amount_minor"], story["currency"]),
        "arrival_date": story["created"],
        "automatic": True,
        "balance_transaction": f"txn_{story['payout']}",
        "created": story["created"],
        "currency": story["currency"].lower(),
        "description": "STRIPE PAYOUT",
        "destination": "ba_demo_0001",
        "failure_code": "account_closed" if status == "failed" else None,
        "livemode": story["livemode"],
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed" if reconciled else "in_progress",
        "source_type": "card",
        "statement_descriptor": None,
        "status": status,
        "trace_id": {"status": "supported", "value": f"trace{story['created']}"}
        if status == "paid"
        else None,
        "type": "bank_account",
    }
