"""What an approved order asks of us. At PayPal the payer only agrees; the money moves when we capture.

`CHECKOUT.ORDER.APPROVED` asks for a fetch; the order that is found (`fetched.order`) has moved no money and
becomes no fact. Whoever hears it performs this request under a key of its own, once per order, within three
hours (orders/v2, `links`), and only while the checkout is still wanted: one that was closed is closed by
never being captured.
"""

from bursar.gateways.api.requests import Capture
from bursar.gateways.paypal.amounts import get_money
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import get_id
from bursar.gateways.protocol import Document, Unreadable
from bursar.gateways.shapes import find_object


def find_capture(event_type: str, document: Document) -> Capture | None:
    """The capture that a fetched order waits for; None for everything else. Raises Unreadable.

    An order that only holds money (`intent` AUTHORIZE) waits for its host, not for us.
    """
    if event_type != Kind.ORDER.fetched_type:
        return None
    if (document.get("status"), document.get("intent")) != ("APPROVED", "CAPTURE"):
        return None
    match document.get("purchase_units"):
        case [dict(unit)]:
            amount_minor, currency = get_money(find_object(unit), "amount", "order.purchase_units[0]")
        case _:
            raise Unreadable("order.purchase_units must have one unit, as every order of ours has")
    order_id = get_id(document, "id", "order")
    return Capture(payment=order_id, amount_minor=amount_minor, currency=currency)
