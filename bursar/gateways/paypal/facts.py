"""What a PayPal event becomes: a question to PayPal's API, whose answer becomes facts. No network here.

The signature covers an event's body by a CRC32 only, so whoever owns one genuine delivery can make another
body that fits it. Money, rights and disputes therefore never move on the word of an event: it names an
object (`NeedsFetch`), the object is asked for, and enters the inbox as `fetched.<kind>` (kinds.py). Only
those types become facts, and no delivery may bear one (envelope.py). See docs/decisions/0017.
"""

from collections.abc import Callable

from bursar.gateways.paypal.disputes import read_dispute
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.orders import read_order
from bursar.gateways.paypal.payments import read_capture, read_sale
from bursar.gateways.paypal.refunds import read_refund, read_reversal
from bursar.gateways.paypal.subscriptions import read_subscription
from bursar.gateways.paypal.things import Thing, get_id
from bursar.gateways.protocol import Document, Ignored, NeedsFetch, Reading
from bursar.gateways.shapes import find_object

_Reader = Callable[[Thing], Reading]


def read(event_type: str, document: Document) -> Reading:
    """Facts of a fetched object, or which object an event wants fetched. Raises Unreadable."""
    reader = _READERS.get(event_type)
    if reader is not None:
        return reader(document)
    kind = _ASKS_FOR.get(event_type)
    if kind is None:
        return Ignored(reason="unhandled type")
    field = "dispute_id" if kind is Kind.DISPUTE else "id"
    object_id = get_id(find_object(document.get("resource")), field, "resource")
    return NeedsFetch(object_id=object_id, kind=kind.value)


_ASKS_FOR: dict[str, Kind] = {
    "CHECKOUT.ORDER.APPROVED": Kind.ORDER,
    "CHECKOUT.ORDER.COMPLETED": Kind.ORDER,
    "PAYMENT.CAPTURE.COMPLETED": Kind.CAPTURE,
    "PAYMENT.CAPTURE.PENDING": Kind.CAPTURE,
    "PAYMENT.CAPTURE.DENIED": Kind.CAPTURE,
    "PAYMENT.CAPTURE.DECLINED": Kind.CAPTURE,
    "PAYMENT.CAPTURE.REFUNDED": Kind.REFUND,
    "PAYMENT.CAPTURE.REVERSED": Kind.REVERSAL,
    "PAYMENT.SALE.COMPLETED": Kind.SALE,
    "PAYMENT.SALE.PENDING": Kind.SALE,
    "PAYMENT.SALE.DENIED": Kind.SALE,
    "PAYMENT.SALE.REFUNDED": Kind.SALE_REFUND,
    "PAYMENT.SALE.REVERSED": Kind.SALE_REVERSAL,
    "BILLING.SUBSCRIPTION.CREATED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.ACTIVATED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.UPDATED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.SUSPENDED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.CANCELLED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.EXPIRED": Kind.SUBSCRIPTION,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": Kind.SUBSCRIPTION,
    "CUSTOMER.DISPUTE.CREATED": Kind.DISPUTE,
    "CUSTOMER.DISPUTE.UPDATED": Kind.DISPUTE,
    "CUSTOMER.DISPUTE.RESOLVED": Kind.DISPUTE,
}
_READERS: dict[str, _Reader] = {
    Kind.CAPTURE.fetched_type: read_capture,
    Kind.REFUND.fetched_type: read_refund,
    Kind.REVERSAL.fetched_type: read_reversal,
    Kind.ORDER.fetched_type: read_order,
    Kind.SALE.fetched_type: read_sale,
    Kind.SALE_REFUND.fetched_type: read_refund,
    Kind.SALE_REVERSAL.fetched_type: read_reversal,
    Kind.SUBSCRIPTION.fetched_type: read_subscription,
    Kind.DISPUTE.fetched_type: read_dispute,
}
HANDLED_TYPES = frozenset(_ASKS_FOR) | frozenset(_READERS)
