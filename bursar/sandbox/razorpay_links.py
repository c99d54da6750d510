"""Payment links and invoices of Razorpay as a story tells them. Own wording, no real data."""

from typing import Any

from bursar.sandbox.razorpay_objects import RazorpayStory

_WEEK_S = 7 * 86_400
_CUSTOMER = {
    "name": "Sample Learner",
    "email": "sample.learner@example.com",
    "contact": "+910000000000",
}


def payment_link(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A link in one of its states. Half of it is paid where it is partially paid."""
    asked = story["amount_minor"] * (2 if status == "partially_paid" else 1)
    ended = story["created"]
    return {
        "accept_partial": status == "partially_paid",
        "amount": asked,
        "amount_paid": story["amount_minor"] if status in {"paid", "partially_paid"} else 0,
        "callback_method": "get",
        "callback_url": "https://school.example/fees/thanks",
        "cancelled_at": ended if status == "cancelled" else 0,
        "created_at": story["created"] - 900,
        "currency": story["currency"],
        "customer": _CUSTOMER,
        "description": "Course fee, payable in one or more parts before the term begins",
        "expire_by": story["created"] - 900 + _WEEK_S,
        "expired_at": ended if status == "expired" else 0,
        "first_min_partial_amount": 100 if status == "partially_paid" else 0,
        "id": story["link"],
        "notes": story["metadata"] or None,
        "notify": {"email": True, "sms": True, "whatsapp": False},
        "order_id": story["checkout"],
        "reference_id": f"fee notice {story['link']}",
        "reminder_enable": True,
        "reminders": {"status": "in_progress"},
        "short_url": "https://links.example/i/sample",
        "status": status,
        "updated_at": ended,
        "upi_link": False,
        "user_id": "",
        "whatsapp_link": False,
    }


def link_order(story: RazorpayStory, *, partial: bool = False) -> dict[str, Any]:
    """The order beside a link: another shape than elsewhere, and its id is without the prefix."""
    asked = story["amount_minor"] * (2 if partial else 1)
    return {
        "account_number": None,
        "amount": asked,
        "amount_due": asked - story["amount_minor"],
        "amount_paid": story["amount_minor"],
        "attempts": 1,
        "authorized": True,
        "created_at": story["created"] - 800,
        "currency": story["currency"],
        "customer_id": None,
        "id": story["checkout"].removeprefix("order_"),
        "merchant_id": "demo",
        "notes": story["metadata"] or [],
        "offers": {},
        "partial_payment": partial,
        "payment_capture": True,
        "product_id": story["link"].removeprefix("plink_"),
        "product_type": "payment_link_v2",
        "receipt": f"fee notice {story['link']}",
        "status": "attempted" if partial else "paid",
        "updated_at": story["created"],
    }


def invoice(story: RazorpayStory, status: str) -> dict[str, Any]:
    """An invoice in one of its states. Half of it is paid where it is partially paid."""
    asked = story["amount_minor"] * (2 if status == "partially_paid" else 1)
    paid = story["amount_minor"] if status in {"paid", "partially_paid"} else 0
    return {
        "id": story["invoice"],
        "entity": "invoice",
        "receipt": f"fee notice {story['invoice']}",
        "invoice_number": f"fee notice {story['invoice']}",
        "customer_id": story["customer"],
        "customer_details": {
            "id": story["customer"],
            **_CUSTOMER,
            "gstin": None,
            "billing_address": None,
            "shipping_address": None,
        },
        "order_id": story["checkout"],
        "subscription_id": None,
        "payment_id": story["payment"] if paid else None,
        "status": status,
        "expire_by": story["created"] + _WEEK_S,
        "issued_at": story["created"] - 900,
        "paid_at": story["created"] if status == "paid" else None,
        "cancelled_at": None,
        "expired_at": story["created"] if status == "expired" else None,
        "sms_status": "sent",
        "email_status": "sent",
        "date": story["created"] - 900,
        "terms": "Payable before the term begins",
        "partial_payment": status == "partially_paid",
        "gross_amount": asked,
        "tax_amount": 0,
        "taxable_amount": 0,
        "amount": asked,
        "amount_paid": paid,
        "amount_due": asked - paid,
        "currency": story["currency"],
        "description": "Fees of one term",
        "notes": story["metadata"] or [],
        "comment": None,
        "short_url": "https://links.example/i/sample",
        "billing_start": None,
        "billing_end": None,
        "type": "invoice",
        "created_at": story["created"] - 900,
    }
