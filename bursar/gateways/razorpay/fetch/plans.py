"""What a plan costs."""

from bursar.gateways.api.requests import ChangeSubscription
from bursar.gateways.api.results import ChangePreview
from bursar.gateways.razorpay.calls import failures
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.entities import find_currency, find_minor
from bursar.gateways.shapes import find_object


def preview_at_period_end(client: Client, change: ChangeSubscription) -> ChangePreview:
    """Nothing now, the plan's price later."""
    item = find_object(client.call(client.sdk.plan.fetch, path_id(change.price, "price")).get("item"))
    amount_minor, currency = find_minor(item.get("amount")), find_currency(item.get("currency"))
    if amount_minor is None or currency is None:
        raise failures.garbled("has no amount and currency of the plan", write=False)
    return ChangePreview(
        due_now_minor=0,
        currency=currency,
        credit_minor=0,
        next_amount_minor=amount_minor * change.quantity,
    )
