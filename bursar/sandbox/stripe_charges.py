"""Stripe's charges and balance transactions as a story tells them."""

from typing import Any

from bursar.gateways.stripe.amounts import stripe_amount
from bursar.sandbox.stripe_objects import EMAIL, PAYMENT_METHOD, StripeStory

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def charge_succeeded(story: StripeStory) -> dict[str, Any]:
    """A captured charge."""
    return _charge(story) | _proof(story)


def charge_refunded(story: StripeStory) -> dict[str, Any]:
    """A captured charge of which some or all went back. Newer versions do not list the refunds."""
    amount_refunded = stripe_amount(story["refund_minor"], story["currency"])
    refunded = story["refund_minor"] >= story["amount_minor"]
    return charge_succeeded(story) | {"amount_refunded": amount_refunded, "refunded": refunded}


def charge_pending(story: StripeStory) -> dict[str, Any]:
    """A charge whose bank answers days later."""
    return charge_succeeded(story) | {"paid": False, "status": "pending"}


def charge_failed(story: StripeStory) -> dict[str, Any]:
    """A charge the bank refused."""
    declined = {
        "network_status": "declined_by_network",
        "reason": story["decline_code"],
        "type": "issuer_declined",
    }
    return charge_succeeded(story) | {
        "amount_captured": 0,
        "captured": False,
        "failure_code": "card_declined",
        "failure_message": "The bank did not approve this payment.",
        "outcome": declined,
        "paid": False,
        "status": "failed",
    }


def charge_expired(story: StripeStory) -> dict[str, Any]:
    """A charge that was authorised and never captured."""
    released = {"amount_refunded": stripe_amount(story["amount_minor"], story["currency"]), "refunded": True}
    return charge_succeeded(story) | {"amount_captured": 0, "captured": False} | released


def transaction(
    story: StripeStory, transaction_id: str, source: str, sign: int, fee_minor: int, kind: str
) -> dict[str, Any]:
    """A balance transaction: what `settled_minor` or `amount_minor` did to Stripe's balance of ours."""
    currency = story["settled_currency"] or story["currency"]
    moved_minor = story["settled_minor"] if story["settled_currency"] else story["amount_minor"]
    amount = sign * stripe_amount(moved_minor, currency)
    fee = stripe_amount(fee_minor, currency)
    return {
        "id": transaction_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": story["created"],
        "created": story["created"],
        "currency": currency.lower(),
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{"amount": fee, "currency": currency.lower(), "type": "stripe_fee"}],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def _transaction(story: StripeStory) -> dict[str, Any] | str:
    """Webhooks carry the bare id; only a fetch that asks for it sees the fee."""
    transaction_id = f"txn_{story['charge']}"
    if story["fee_minor"] is None:
        return transaction_id
    return transaction(story, transaction_id, story["charge"], 1, story["fee_minor"], "charge")


def _charge(story: StripeStory) -> dict[str, Any]:
    amount = stripe_amount(story["amount_minor"], story["currency"])
    return {
        "id": story["charge"],
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": _transaction(story),
        "billing_details": {
            "address": _NO_ADDRESS | {"country": "US"},
            "email": EMAIL,
            "name": "Sample Learner",
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "DEMO SCHOOL",
        "captured": True,
        "created": story["created"],
        "currency": story["currency"].lower(),
        "customer": story["customer"],
        "description": "Course fee",
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": story["livemode"],
        "metadata": story["metadata"],
    }


def _proof(story: StripeStory) -> dict[str, Any]:
    return {
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": story["payment"],
        "payment_method": PAYMENT_METHOD,
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "checks": {"address_line1_check": None, "cvc_check": "pass"},
                "country": "US",
                "exp_month": 4,
                "exp_year": 2031,
                "funding": "credit",
                "last4": "4242",
                "network": "visa",
                "three_d_secure": None,
                "wallet": None,
            },
            "type": "card",
        },
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/demo/{story['charge']}",
        "refunded": False,
        "review": None,
        "shipping": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }
