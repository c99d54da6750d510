"""A change of plan in Stripe's words, for doing it and for asking what it would cost."""

from bursar.gateways.api.failures import Failure, FailureCode, GatewayRefused, unsupported
from bursar.gateways.api.requests import ChangeAt, ChangeSubscription, Proration
from bursar.gateways.shapes import find_object, get_identifier
from bursar.gateways.stripe.calls.answers import Answered
from bursar.gateways.stripe.news import entries

PRORATIONS = {
    Proration.INVOICE_NOW: "always_invoice",
    Proration.NEXT_INVOICE: "create_prorations",
    Proration.NONE: "none",
}


def changed_item(subscription: Answered, change: ChangeSubscription) -> str:
    """The id of the only item. Raises GatewayRefused for what one request cannot ask of Stripe."""
    if change.at is not ChangeAt.NOW:
        instead = "change it now without proration; the price is then due from the next invoice on"
        raise unsupported("Stripe", "change of plan at the end of a period in one request", instead)
    items = entries(subscription.thing.get("items"))
    if len(items) != 1:
        message = f"the subscription has {len(items)} items, and the request names one price: change it there"
        raise GatewayRefused(Failure(code=FailureCode.INVALID, message=message))
    return get_identifier(find_object(items[0]).get("id"), "items.data[0].id")
