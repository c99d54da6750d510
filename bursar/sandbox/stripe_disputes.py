"""Stripe's disputes and fraud warnings as a story tells them."""

from typing import Any

from bursar.gateways.stripe.amounts import stripe_amount
from bursar.sandbox.stripe_charges import transaction
from bursar.sandbox.stripe_objects import StripeStory

_DAYS_TO_RESPOND = 9
_DAY_S = 86_400
_FEE_MINOR = 1_500
"""What Stripe keeps for a dispute, won or lost."""


def dispute(story: StripeStory, status: str, movements: int = 0) -> dict[str, Any]:
    """A dispute after so many movements of its money: 1 is withdrawn, 2 is also given back."""
    taken, given_back = f"txn_{story['dispute']}_1", f"txn_{story['dispute']}_2"
    moved = [
        transaction(story, taken, story["dispute"], -1, _fee(story), "adjustment"),
        transaction(story, given_back, story["dispute"], 1, 0, "adjustment"),
    ]
    return {
        "id": story["dispute"],
        "object": "dispute",
        "amount": stripe_amount(story["amount_minor"], story["currency"]),
        "balance_transactions": moved[:movements],
        "charge": story["charge"],
        "created": story["created"],
        "currency": story["currency"].lower(),
        "enhanced_eligibility_types": [],
        "evidence": {
            "customer_email_address": None,
            "customer_name": "Sample Learner" if movements > 1 else None,
            "product_description": None,
            "uncategorized_text": None,
        },
        "evidence_details": {
            "due_by": story["created"] + _DAYS_TO_RESPOND * _DAY_S,
            "has_evidence": movements > 1,
            "past_due": False,
            "submission_count": max(movements - 1, 0),
        },
        "is_charge_refundable": False,
        "livemode": story["livemode"],
        "metadata": {},
        "payment_intent": story["payment"],
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": status,
    }


def fraud_warning(story: StripeStory, *, actionable: bool) -> dict[str, Any]:
    """The card network's suspicion of a payment."""
    return {
        "id": f"issfr_{story['payment'].removeprefix('pi_')}",
        "object": "radar.early_fraud_warning",
        "actionable": actionable,
        "charge": story["charge"],
        "created": story["created"],
        "fraud_type": "unauthorized_use_of_card",
        "livemode": story["livemode"],
        "payment_intent": story["payment"],
    }


def _fee(story: StripeStory) -> int:
    return _FEE_MINOR if story["fee_minor"] is None else story["fee_minor"]
