"""PayPal's plans: what a subscription costs, and how often."""

from typing import Any

from bursar.sandbox.fake.paypal.account import Account, Thing
from bursar.sandbox.fake.paypal.errors import wrong
from bursar.sandbox.fake.paypal.params import money_of

KIND = "plan"
_UNITS_S = {"DAY": 86_400, "WEEK": 7 * 86_400, "MONTH": 30 * 86_400, "YEAR": 365 * 86_400}
"""Seconds: the fake's months have thirty days."""


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A plan; its last cycle is the regular one, with a fixed price."""
    regular = params["billing_cycles"][-1]
    if (
        regular.get("tenure_type") != "REGULAR"
        or regular.get("frequency", {}).get("interval_unit") not in _UNITS_S
    ):
        raise wrong("/billing_cycles", "The last cycle must be regular, with an interval_unit.")
    money_of(regular.get("pricing_scheme", {}), "fixed_price")
    return account.put(KIND, {"id": account.new_id("P-"), "status": "ACTIVE", **params})


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One plan."""
    return account.get(KIND, id_)


def price_of(plan: Thing) -> tuple[int, str]:
    """Minor units of one cycle, and their currency."""
    return money_of(plan["billing_cycles"][-1]["pricing_scheme"], "fixed_price")


def cycle_s(plan: Thing) -> int:
    """Seconds of one cycle."""
    frequency = plan["billing_cycles"][-1]["frequency"]
    return _UNITS_S[frequency["interval_unit"]] * int(frequency.get("interval_count", 1))
