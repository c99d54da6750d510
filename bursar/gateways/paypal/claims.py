"""Whom PayPal money is for. PayPal keeps two texts of ours per payment and no other metadata.

`invoice_id` names our invoice. `custom_id` holds the keys of any other gateway's metadata, as
`student=s-7;track=web`; a `custom_id` without `=` is the host's own reference, and names an invoice where
`invoice_id` does not. v1 calls the two `invoice_number` and `custom`. What Bursar itself writes into
`invoice_id` names the call, not a bill (calls/texts.py): it begins with OWN_PREFIX.
"""

from dataclasses import dataclass, field

from bursar.gateways.paypal.things import Thing, find_id
from bursar.gateways.shapes import find_claim, find_components, find_customer, find_invoice, find_track
from bursar.rules.facts import Claims

CUSTOM_LENGTH_MAX = 255
"""Characters; PayPal's limit of `custom_id`."""
OWN_PREFIX = "bursar:"
"""Of an `invoice_id` that is our id of one checkout, charge or refund."""
_PAIRS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands around a payment in the order it was fetched with."""

    unit: Thing = field(default_factory=dict)
    """The purchase unit, whose texts count where the payment has none."""
    order: str | None = None
    payer: str | None = None


def claims_of(payment: Thing, context: Context) -> Claims:
    """What a capture or sale says of itself, else its purchase unit."""
    custom = _custom(payment) or _custom(context.unit)
    metadata = custom_metadata(custom)
    bare = find_claim(custom) if not metadata else None
    subscribed = find_id(payment.get("billing_agreement_id"))
    named = _invoice(payment) or _invoice(context.unit)
    return Claims(
        # A subscription's text is copied to each of its sales, and one invoice is not paid again each month.
        invoice=None if subscribed else named or find_invoice(metadata) or bare,
        customer=None if subscribed else find_customer(metadata),
        track=find_track(metadata),
        components=() if subscribed else find_components(metadata),
        checkouts=(context.order,) if context.order else (),
        subscriber=(find_customer(metadata) or bare) if subscribed else None,
        gateway_customer=context.payer,
    )


def subscriber_of(subscription: Thing) -> str | None:
    """The host's reference of who pays a subscription."""
    custom = _custom(subscription)
    metadata = custom_metadata(custom)
    return find_customer(metadata) if metadata else find_claim(custom)


def custom_metadata(text: str | None) -> dict[str, str]:
    """`student=s-7;track=web` as a mapping; empty for a text of any other form."""
    pairs = [part.partition("=") for part in (text or "").split(";", _PAIRS_MAX)]
    if len(pairs) > _PAIRS_MAX or not all(name.strip() and equals for name, equals, _ in pairs):
        return {}
    return {name.strip(): value.strip() for name, _, value in pairs}


def _custom(thing: Thing) -> str | None:
    value = thing.get("custom_id") or thing.get("custom")
    return value if isinstance(value, str) and len(value) <= CUSTOM_LENGTH_MAX else None


def _invoice(thing: Thing) -> str | None:
    named = find_claim(thing.get("invoice_id")) or find_claim(thing.get("invoice_number"))
    return None if named and named.startswith(OWN_PREFIX) else named
