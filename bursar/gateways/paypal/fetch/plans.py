"""What a plan costs with its next cycle."""

from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.requests import ChangeAt, ChangeSubscription
from bursar.gateways.api.results import ChangePreview
from bursar.gateways.paypal.amounts import get_signed_money
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.shapes import find_object

PLANS = "/v1/billing/plans"
CYCLES_MAX = 12
"""Billing cycles looked at; a plan has at most three."""


def preview_change(client: Client, change: ChangeSubscription) -> ChangePreview:
    """Nothing now, the plan's price with the next cycle. Raises Unreadable for a price that is not fixed."""
    if change.at is ChangeAt.NOW:
        raise unsupported("PayPal", "change of plan now", "change at period_end, which costs nothing now")
    plan = client.get(f"{PLANS}/{path_id(change.price, 'price')}")
    cycles = plan.get("billing_cycles")
    for cycle in map(find_object, cycles[:CYCLES_MAX] if isinstance(cycles, list) else ()):
        if cycle.get("tenure_type") == "REGULAR":
            scheme = find_object(cycle.get("pricing_scheme"))
            price_minor, currency = get_signed_money(scheme, "fixed_price", "plan.billing_cycles[]")
            return ChangePreview(
                due_now_minor=0,
                currency=currency,
                credit_minor=0,
                next_amount_minor=price_minor * change.quantity,
            )
    raise failures.garbled("has no regular cycle of the plan", write=False)
