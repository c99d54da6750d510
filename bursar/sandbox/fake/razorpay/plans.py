"""Razorpay's plans: an amount, again and again."""

from typing import Any

from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError
from bursar.sandbox.fake.razorpay.params import checked_money

KIND = "plan"
PERIOD_S = {"daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
"""Seconds of a period. Months have thirty days here: no test hangs on the calendar."""


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A plan; its amount never changes."""
    if params["period"] not in PERIOD_S:
        raise RazorpayError("period: Not a valid period", field="period")
    item = params["item"]
    if not {"name", "amount", "currency"} <= set(item):
        raise RazorpayError("The item must have a name, an amount and a currency", field="item")
    amount_minor, currency = checked_money(item)
    now_s = account.now_s()
    plan = {
        "id": account.new_id("plan"),
        "entity": "plan",
        "interval": params["interval"],
        "period": params["period"],
        "item": {
            "id": account.new_id("item"),
            "active": True,
            "amount": amount_minor,
            "unit_amount": amount_minor,
            "currency": currency,
            "name": item["name"],
            "description": item.get("description"),
            "type": "plan",
            "created_at": now_s,
            "updated_at": now_s,
        },
        "notes": params.get("notes") or [],
        "created_at": now_s,
    }
    return account.put(KIND, plan)


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One plan."""
    return account.get(KIND, id_)


def cycle_s(plan: Thing) -> int:
    """Seconds of one cycle."""
    return int(PERIOD_S[plan["period"]] * plan["interval"])
