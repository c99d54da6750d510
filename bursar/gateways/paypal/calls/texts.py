"""What we write on PayPal's objects: whom money is for in `custom_id`, which call it was in `invoice_id`.

PayPal's accounts refuse a second payment with the same `invoice_id` unless their owner allows it ("Block
accidental payments", on by default), and one bill may be paid in parts. So the bill stands in `custom_id`,
and `invoice_id` is our own id of the one payment: unique, and found again in the reports.
"""

from bursar.gateways.api.requests import Purpose
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.claims import OWN_PREFIX

TEXT_LENGTH_MAX = 127
"""Characters of `custom_id`, `invoice_id` and a description (orders/v2, subscriptions/v1)."""
_SEPARATOR = ";"


def custom_id(purpose: Purpose) -> dict[str, str]:
    """Whom and what a payment is for. Raises GatewayRefused for what is too long: half would be wrong."""
    components = ",".join(f"{name}={amount_minor}" for name, amount_minor in purpose.components)
    return _custom(
        {
            "invoice": purpose.invoice,
            "customer": purpose.customer,
            "track": purpose.track,
            "components": components,
        }
    )


def subscriber_id(purpose: Purpose) -> dict[str, str]:
    """Who pays a subscription: the text is copied to each of its sales, so it must fit them all."""
    return _custom({"customer": purpose.customer, "track": purpose.track})


def own_id(id_: str) -> str:
    """Our id of a checkout, charge or refund as `invoice_id`; readers know by it that it names no bill."""
    text = f"{OWN_PREFIX}{id_}"
    if len(text) > TEXT_LENGTH_MAX:
        raise failures.refused(f"our id must fit {TEXT_LENGTH_MAX - len(OWN_PREFIX)} characters at PayPal")
    return text


def description(text: str) -> str:
    """What the payer reads, cut."""
    return text[:TEXT_LENGTH_MAX]


def _custom(words: dict[str, str | None]) -> dict[str, str]:
    """As fields of an object: none where there is nothing to say."""
    said = {name: text for name, text in words.items() if text}
    for name, text in said.items():
        if _SEPARATOR in text:
            raise failures.refused(f"{name} must not hold {_SEPARATOR} at PayPal: it parts the words there")
    whole = _SEPARATOR.join(f"{name}={text}" for name, text in said.items())
    if len(whole) > TEXT_LENGTH_MAX:
        raise failures.refused(
            f"{', '.join(said)} together have {len(whole)} characters at PayPal, and {TEXT_LENGTH_MAX} fit: "
            "shorten the customer's reference, or spread the money with fewer components"
        )
    return {"custom_id": whole} if whole else {}
