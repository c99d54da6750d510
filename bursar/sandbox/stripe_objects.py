"""A story of one payment, and the payment intent and refund in it. Own wording, no real data.

Field by field like API version 2026-10-28, so that sizes and shapes are those of production; the payer's name
and address are in them on purpose, for the tests which prove that they go no further.
"""

from typing import Any, TypedDict

from bursar.gateways.stripe.amounts import stripe_amount

API_VERSION = "2026-10-28.endive"
EMAIL = "sample.learner@example.com"
PAYMENT_METHOD = "pm_demo_card"


class StripeStory(TypedDict, total=False):
    """What may be said of one payment; `told` fills in the rest."""

    payment: str
    charge: str
    checkout: str
    refund: str
    dispute: str
    invoice: str
    """Of Stripe's own billing: `in_...`."""
    subscription: str
    payout: str
    method: str
    customer: str | None
    amount_minor: int
    """ISO 4217 minor units, as everywhere in Bursar."""
    refund_minor: int
    """Of this refund; in charge.refunded, of all refunds so far."""
    currency: str
    metadata: dict[str, str]
    client_reference_id: str | None
    decline_code: str
    fee_minor: int | None
    """Stripe's fee, tax included. Given, a charge shows its balance transaction as a fetch would see it."""
    settled_currency: str | None
    """What the account is kept in; None where that is the payment's currency."""
    settled_minor: int
    """What `amount_minor` came to in that currency."""
    created: int
    """Unix seconds."""
    livemode: bool


def told(story: StripeStory) -> StripeStory:
    """The story with nothing left open. Ids that were not given follow from the payment's."""
    payment = story.get("payment", "pi_demo_0001")
    stem = payment.removeprefix("pi_")
    amount_minor = story.get("amount_minor", 120_000)
    complete: StripeStory = {
        "payment": payment,
        "charge": f"ch_{stem}",
        "checkout": f"cs_test_{stem}",
        "refund": f"re_{stem}",
        "dispute": f"dp_{stem}",
        "invoice": f"in_{stem}",
        "subscription": f"sub_{stem}",
        "payout": f"po_{stem}",
        "method": PAYMENT_METHOD,
        "customer": "cus_demo_0001",
        "amount_minor": amount_minor,
        "refund_minor": amount_minor,
        "currency": "USD",
        "metadata": {},
        "client_reference_id": None,
        "decline_code": "insufficient_funds",
        "fee_minor": None,
        "settled_currency": None,
        "settled_minor": amount_minor,
        "created": 1_795_000_000,
        "livemode": False,
    }
    complete.update(story)
    return complete


def intent_succeeded(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent whose money has arrived."""
    amount = stripe_amount(story["amount_minor"], story["currency"])
    return _intent(story) | {
        "amount_received": amount,
        "latest_charge": story["charge"],
        "status": "succeeded",
    }


def intent_canceled(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent that was given up."""
    return _intent(story) | {
        "canceled_at": story["created"],
        "cancellation_reason": "abandoned",
        "status": "canceled",
    }


def intent_waiting(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent whose payer has to do something: confirm at the bank, transfer the rest."""
    return _intent(story) | {"next_action": {"type": "use_stripe_sdk"}, "status": "requires_action"}


def intent_capturable(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent whose money is held but not taken."""
    return _intent(story) | {
        "amount_capturable": stripe_amount(story["amount_minor"], story["currency"]),
        "capture_method": "manual",
        "latest_charge": story["charge"],
        "status": "requires_capture",
    }


def intent_processing(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent whose bank has not answered yet."""
    return _intent(story) | {"latest_charge": story["charge"], "status": "processing"}


def intent_failed(story: StripeStory) -> dict[str, Any]:
    """A PaymentIntent after a declined attempt, ready for another card."""
    declined = f"{story['charge']}_declined"
    error = {
        "charge": declined,
        "code": "card_declined",
        "decline_code": story["decline_code"],
        "doc_url": "https://docs.stripe.com/error-codes/card-declined",
        "message": "The bank did not approve this payment.",
        "payment_method": {"id": PAYMENT_METHOD, "object": "payment_method", "type": "card"},
        "type": "card_error",
    }
    return _intent(story) | {
        "last_payment_error": error,
        "latest_charge": declined,
        "payment_method": None,
        "status": "requires_payment_method",
    }


def refund(story: StripeStory, status: str) -> dict[str, Any]:
    """A refund in one of its states."""
    return {
        "id": story["refund"],
        "object": "refund",
        "amount": stripe_amount(story["refund_minor"], story["currency"]),
        "balance_transaction": f"txn_{story['refund']}",
        "charge": story["charge"],
        "created": story["created"],
        "currency": story["currency"].lower(),
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number"},
            "type": "card",
        },
        "failure_balance_transaction": None,
        "failure_reason": "expired_or_canceled_card" if status == "failed" else None,
        "metadata": {},
        "payment_intent": story["payment"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def _intent(story: StripeStory) -> dict[str, Any]:
    payment = story["payment"]
    return {
        "id": payment,
        "object": "payment_intent",
        "amount": stripe_amount(story["amount_minor"], story["currency"]),
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{payment}_secret_demo",
        "confirmation_method": "automatic",
        "created": story["created"],
        "currency": story["currency"].lower(),
        "customer": story["customer"],
        "description": "Course fee",
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": story["livemode"],
        "metadata": story["metadata"],
        "next_action": None,
        "on_behalf_of": None,
        "payment_details": {"customer_reference": None, "order_reference": story["checkout"]},
        "payment_method": PAYMENT_METHOD,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": EMAIL,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation",
        "transfer_data": None,
        "transfer_group": None,
    }
