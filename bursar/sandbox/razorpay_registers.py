"""Disputes, subscriptions, mandates, settlements and downtimes of Razorpay as a story tells them."""

from typing import Any

from bursar.sandbox.razorpay_objects import RazorpayStory

_DAY_S = 86_400
_MONTH_S = 30 * _DAY_S
_NO_EVIDENCE = (
    "summary",
    "shipping_proof",
    "billing_proof",
    "cancellation_proof",
    "customer_communication",
    "proof_of_service",
    "explanation_letter",
    "refund_confirmation",
    "access_activity_log",
    "refund_cancellation_policy",
    "term_and_conditions",
    "others",
    "submitted_at",
)


def dispute(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A dispute in one of its states; a lost one is deducted."""
    deducted = story["amount_minor"] if status == "lost" else story["deducted_minor"]
    return {
        "id": story["dispute"],
        "entity": "dispute",
        "payment_id": story["payment"],
        "amount": story["amount_minor"],
        "currency": story["currency"],
        "amount_deducted": deducted,
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": story["created"] + 7 * _DAY_S,
        "status": status,
        "phase": "chargeback",
        "evidence": {"amount": story["amount_minor"], **dict.fromkeys(_NO_EVIDENCE)},
        "created_at": story["created"] - 60,
    }


def subscription(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A monthly plan of six instalments in one of its states, before or after its first charge."""
    begun = status not in {"authenticated", "expired"}
    ended = status in {"cancelled", "completed", "expired"}
    start = story["created"] - 600 if begun else story["created"] + 3 * _DAY_S
    paid_count = {"completed": 6}.get(status, int(begun))
    return {
        "id": story["subscription"],
        "entity": "subscription",
        "plan_id": "plan_demo0001",
        "customer_id": story["customer"],
        "status": status,
        "type": 2,
        "current_start": start if begun else None,
        "current_end": start + _MONTH_S if begun else None,
        "ended_at": story["created"] if ended else None,
        "quantity": 1,
        "notes": story["metadata"] or [],
        "charge_at": None if ended or status == "paused" else start + (_MONTH_S if begun else 0),
        "start_at": start,
        "end_at": start + 6 * _MONTH_S,
        "auth_attempts": 1 if status == "pending" else 0,
        "total_count": 6,
        "paid_count": paid_count,
        "customer_notify": True,
        "created_at": story["created"] - 3_600,
        "expire_by": None,
        "short_url": "https://links.example/i/sample",
        "has_scheduled_changes": False,
        "change_scheduled_at": None,
        "source": "api",
        "payment_method": story["method"],
        "offer_id": None,
        "remaining_count": 6 - paid_count,
        "pause_initiated_by": "self" if status == "paused" else None,
        "cancel_initiated_by": "self" if status == "cancelled" else None,
    }


def token(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A card that may be charged again, or no longer."""
    return {
        "id": story["token"],
        "entity": "token",
        "token": "DemoDemoDemoDe",
        "bank": None,
        "wallet": None,
        "customer_id": story["customer"],
        "method": "card",
        "card": {
            "entity": "card",
            "name": "",
            "last4": "1111",
            "network": "Visa",
            "type": "credit",
            "issuer": "DEMO",
            "international": False,
            "emi": False,
            "sub_type": "consumer",
            "expiry_month": 7,
            "expiry_year": 2031,
            "flows": {"otp": True, "recurring": True},
        },
        "recurring": status not in {"rejected", "cancelled"},
        "recurring_details": {
            "status": status,
            "failure_reason": "The issuer did not accept this mandate" if status == "rejected" else None,
        },
        "auth_type": None,
        "mrn": None,
        "used_at": story["created"] - 60,
        "created_at": story["created"] - 60,
        "max_amount": story["amount_minor"],
        "expired_at": story["created"] + 60 * _MONTH_S,
        "dcc_enabled": False,
        "compliant_with_tokenisation_guidelines": True,
        "error_code": None,
        "error_description": None,
        "notes": story["metadata"] or [],
    }


def settlement(story: RazorpayStory) -> dict[str, Any]:
    """What Razorpay handed to our bank."""
    return {
        "id": story["settlement"],
        "entity": "settlement",
        "amount": story["amount_minor"],
        "status": "processed",
        "fees": 0,
        "tax": 0,
        "utr": "DEMON00000000001",
        "created_at": story["created"] - 600,
    }


def downtime(story: RazorpayStory, status: str) -> dict[str, Any]:
    """A way to pay that does not work."""
    return {
        "id": story["downtime"],
        "entity": "payment.downtime",
        "method": story["method"],
        "begin": story["created"] - 300,
        "end": story["created"] if status == "resolved" else None,
        "status": status,
        "scheduled": False,
        "severity": "high",
        "instrument": {"vpa_handle": "examplebank", "flow": "collect"},
        "instrument_schema": ["vpa_handle", "flow"],
        "created_at": story["created"] - 300,
        "updated_at": story["created"],
    }
