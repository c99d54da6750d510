"""Razorpay's entities as a story tells them: one payment, its order and refund. Own wording, no real data.

What else there is to tell stands in `razorpay_links` and `razorpay_registers`.
"""

from typing import Any, TypedDict


class RazorpayStory(TypedDict, total=False):
    """What may be said of one payment; `told` fills in the rest."""

    payment: str
    checkout: str
    """The order."""
    refund: str
    link: str
    invoice: str
    dispute: str
    subscription: str
    token: str
    settlement: str
    downtime: str
    customer: str | None
    amount_minor: int
    refund_minor: int
    deducted_minor: int
    """What a dispute took from our balance so far."""
    currency: str
    """Anything but INR is exchanged into INR."""
    metadata: dict[str, str]
    """Razorpay calls them notes, and sends an empty list when there are none."""
    method: str
    decline_code: str
    created: int
    """Unix seconds."""


RUPEES_PER_UNIT = 80
"""What the sandbox exchanges any other currency at; real rates are a matter of the day."""


def told(story: RazorpayStory) -> RazorpayStory:
    """The story with nothing left open. Ids that were not given follow from the payment's."""
    payment = story.get("payment", "pay_demo0001")
    stem = payment.removeprefix("pay_")
    amount_minor = story.get("amount_minor", 6_100_000)
    complete: RazorpayStory = {
        "payment": payment,
        "checkout": f"order_{stem}",
        "refund": f"rfnd_{stem}",
        "link": f"plink_{stem}",
        "invoice": f"inv_{stem}",
        "dispute": f"disp_{stem}",
        "subscription": f"sub_{stem}",
        "token": f"token_{stem}",
        "settlement": f"setl_{stem}",
        "downtime": f"down_{stem}",
        "customer": "cust_demo0001",
        "amount_minor": amount_minor,
        "refund_minor": amount_minor,
        "deducted_minor": 0,
        "currency": "INR",
        "metadata": {},
        "method": "upi",
        "decline_code": "insufficient_funds",
        "created": 1_795_000_000,
    }
    complete.update(story)
    return complete


def payment_authorized(story: RazorpayStory) -> dict[str, Any]:
    """A payment the bank has promised."""
    return _payment(story) | {"status": "authorized"}


def payment_captured(story: RazorpayStory) -> dict[str, Any]:
    """A payment whose money is ours. The fee includes its tax; both are in the currency of settlement."""
    payment = _payment(story)
    fee_net = payment["base_amount"] * 2 // 100
    tax = fee_net * 18 // 100
    return payment | {"status": "captured", "captured": True, "fee": fee_net + tax, "tax": tax}


def payment_failed(story: RazorpayStory) -> dict[str, Any]:
    """A payment the bank refused."""
    return _payment(story) | {
        "status": "failed",
        "error_code": "BAD_REQUEST_ERROR",
        "error_description": "The payer's bank did not approve this payment.",
        "error_source": "bank",
        "error_step": "payment_authorization",
        "error_reason": story["decline_code"],
    }


def payment_refunded(story: RazorpayStory) -> dict[str, Any]:
    """A captured payment of which some or all went back."""
    whole = story["refund_minor"] >= story["amount_minor"]
    return payment_captured(story) | {
        "status": "refunded" if whole else "captured",
        "amount_refunded": story["refund_minor"],
        "refund_status": "full" if whole else "partial",
    }


def order_paid(story: RazorpayStory) -> dict[str, Any]:
    """An order nothing more is due on."""
    return {
        "id": story["checkout"],
        "entity": "order",
        "amount": story["amount_minor"],
        "amount_paid": story["amount_minor"],
        "amount_due": 0,
        "currency": story["currency"],
        "receipt": f"receipt {story['checkout']}",
        "offer_id": None,
        "status": "paid",
        "attempts": 1,
        "notes": story["metadata"] or [],
        "created_at": story["created"] - 90,
    }


def refund(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A refund in one of its states."""
    return {
        "id": story["refund"],
        "entity": "refund",
        "amount": story["refund_minor"],
        "currency": story["currency"],
        "payment_id": story["payment"],
        "notes": [],
        "receipt": None,
        "acquirer_data": {"arn": None},
        "created_at": story["created"],
        "batch_id": None,
        "status": status,
        "speed_processed": "normal",
        "speed_requested": "optimum",
    }


def _exchange(story: RazorpayStory) -> dict[str, Any]:
    """What is settled. Only payments that are exchanged say in which currency."""
    if story["currency"] == "INR":
        return {"base_amount": story["amount_minor"], "international": False}
    base_amount = story["amount_minor"] * RUPEES_PER_UNIT
    return {"base_amount": base_amount, "base_currency": "INR", "international": True}


def _payment(story: RazorpayStory) -> dict[str, Any]:
    head = {
        "id": story["payment"],
        "entity": "payment",
        "amount": story["amount_minor"],
        "currency": story["currency"],
    }
    return {
        **head,
        **_exchange(story),
        "status": "created",
        "order_id": story["checkout"],
        "invoice_id": None,
        "method": story["method"],
        "amount_refunded": 0,
        "amount_transferred": 0,
        "refund_status": None,
        "captured": False,
        "description": "Course fee",
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": "sample.learner@examplebank",
        "email": "sample.learner@example.com",
        "contact": "+910000000000",
        "customer_id": story["customer"],
        "token_id": None,
        "notes": story["metadata"] or [],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "acquirer_data": {"rrn": "000000000001", "upi_transaction_id": "DEMO00000000000000000000000001"},
        "created_at": story["created"] - 30,
        "reward": None,
        "upi": {"payer_account_type": "bank_account", "vpa": "sample.learner@examplebank", "flow": "collect"},
    }
