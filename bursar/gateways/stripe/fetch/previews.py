"""What a change of plan at Stripe would cost, before it is asked for."""

from typing import Any

from stripe import StripeClient

from bursar.gateways.api.requests import ChangeSubscription, Proration
from bursar.gateways.api.results import ChangePreview
from bursar.gateways.shapes import find_object
from bursar.gateways.stripe.amounts import iso_currency, iso_signed_amount
from bursar.gateways.stripe.calls.answers import read_preview
from bursar.gateways.stripe.calls.plans import PRORATIONS, changed_item
from bursar.gateways.stripe.fetch.objects import current
from bursar.gateways.stripe.news import entries

_PREVIEW = "preview"


def preview_change(client: StripeClient, change: ChangeSubscription) -> ChangePreview:
    """Stripe's own sum: with INVOICE_NOW of the invoice made at once, else of the next regular one."""
    item = changed_item(current(client, "subscription", change.subscription), change)
    invoice = read_preview(
        lambda: client.v1.invoices.create_preview(
            {
                "subscription": change.subscription,
                "subscription_details": {
                    "items": [{"id": item, "price": change.price, "quantity": change.quantity}],
                    "proration_behavior": PRORATIONS[change.proration],
                },
            }
        )
    ).thing
    currency = iso_currency(invoice, _PREVIEW)
    due_minor = iso_signed_amount(invoice, "amount_due", currency, _PREVIEW)
    at_once = change.proration is Proration.INVOICE_NOW
    return ChangePreview(
        due_now_minor=due_minor if at_once else 0,
        currency=currency,
        credit_minor=-sum(min(0, each) for each in _prorated_minor(invoice, currency)),
        next_amount_minor=None if at_once else due_minor,
    )


def _prorated_minor(invoice: dict[str, Any], currency: str) -> list[int]:
    """The lines for parts of periods; the negative ones give back what was paid and is not used."""
    return [
        iso_signed_amount(line, "amount", currency, f"{_PREVIEW}.lines.data[{n}]")
        for n, line in enumerate(map(find_object, entries(invoice.get("lines"))))
        if _is_prorated(line)
    ]


def _is_prorated(line: dict[str, Any]) -> bool:
    parent = find_object(line.get("parent"))
    details = ("subscription_item_details", "invoice_item_details")
    return any(find_object(parent.get(name)).get("proration") is True for name in details)
