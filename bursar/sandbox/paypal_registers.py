"""PayPal's subscriptions and disputes as a story tells them. Own wording, no real data."""

from typing import Any

from bursar.sandbox.paypal_objects import PayPalStory, at, link, money

_MONTH_S = 30 * 86_400


def subscription(story: PayPalStory, status: str) -> dict[str, Any]:
    """A subscription in one of its states."""
    custom = ";".join(f"{name}={value}" for name, value in story["metadata"].items())
    return {
        "id": story["subscription"],
        "plan_id": "P-DEMO0001",
        "status": status,
        "status_update_time": at(story),
        "quantity": "1",
        "subscriber": {
            "payer_id": story["customer"],
            "name": {"given_name": "Sample", "surname": "Learner"},
            "email_address": "sample.learner@example.com",
        },
        **({"custom_id": custom} if custom else {}),
        "billing_info": {
            "outstanding_balance": money(0, story["currency"]),
            "last_payment": {"amount": money(story["amount_minor"], story["currency"]), "time": at(story)},
            "next_billing_time": at(story, _MONTH_S),
            "failed_payments_count": 0,
        },
        "create_time": at(story, -60),
        "update_time": at(story),
        "links": [link("self", f"/v1/billing/subscriptions/{story['subscription']}")],
    }


def dispute(story: PayPalStory, status: str, outcome: str | None = None) -> dict[str, Any]:
    """A dispute in one of its states, after payer and seller could not agree."""
    return {
        "dispute_id": story["dispute"],
        "status": status,
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "dispute_amount": money(story["amount_minor"], story["currency"]),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "disputed_transactions": [
            {
                "buyer_transaction_id": f"{story['payment']}-B",
                "seller_transaction_id": story["payment"],
                "seller": {"name": "Sample School"},
                "seller_protection_eligible": True,
            }
        ],
        **({"dispute_outcome": {"outcome_code": outcome}} if outcome else {}),
        "seller_response_due_date": at(story, 10 * 86_400),
        "create_time": at(story),
        "update_time": at(story),
        "links": [link("self", f"/v1/customer/disputes/{story['dispute']}")],
    }
