"""What a Stripe event says about money, by the shape of its object and for any API version. No SDK.

`data.object` is a snapshot taken when the event was made. An event whose object contradicts its type
(`payment_intent.succeeded` of an intent that did not) is refused: a person must look at it.
"""

from bursar.gateways.protocol import Document, Ignored, NeedsFetch, Reading, Unreadable
from bursar.gateways.shapes import find_identifier, find_object, find_time, find_word
from bursar.gateways.stripe.balance import read_payout
from bursar.gateways.stripe.charges import read_charge, read_charge_expired, read_charge_refunded
from bursar.gateways.stripe.customers import read_customer, read_payment_method
from bursar.gateways.stripe.disputes import read_dispute, read_fraud_warning
from bursar.gateways.stripe.envelope import THIN_EVENT
from bursar.gateways.stripe.invoices import read_invoice, read_invoice_payment
from bursar.gateways.stripe.news import AT, News, Reader
from bursar.gateways.stripe.payments import read_intent
from bursar.gateways.stripe.refunds import read_refund
from bursar.gateways.stripe.sessions import read_session
from bursar.gateways.stripe.subscriptions import read_subscription

THIN_PREFIX = "v1."
"""A thin event of a snapshot's object is called like the snapshot event, with this before it."""


def read(event_type: str, document: Document) -> Reading:
    """Turn a stored event into facts. Raises Unreadable naming the field."""
    if document.get("object") == THIN_EVENT:
        return _thin(event_type, document)
    reader = _READERS.get(event_type)
    if reader is None:
        return Ignored(reason="unhandled type")
    data = find_object(document.get("data"))
    thing = find_object(data.get("object"))
    if not thing:
        raise Unreadable(f"{AT} must be an object")
    news = News(
        type=event_type,
        thing=thing,
        previous=find_object(data.get("previous_attributes")),
        occurred_at=find_time(document.get("created")),
    )
    return reader(news)


def _thin(event_type: str, document: Document) -> Reading:
    """A thin event only points at its object, which is fetched if we would read it at all."""
    if event_type.removeprefix(THIN_PREFIX) not in _READERS:
        return Ignored(reason="unhandled type")
    related = find_object(document.get("related_object"))
    object_id = find_identifier(related.get("id"))
    if object_id is None:
        return Ignored(reason="thin event without an object")
    return NeedsFetch(object_id=object_id, kind=find_word(related.get("type")))


_READERS: dict[str, Reader] = {
    "payment_intent.succeeded": read_intent,
    "payment_intent.processing": read_intent,
    "payment_intent.payment_failed": read_intent,
    "payment_intent.canceled": read_intent,
    "payment_intent.requires_action": read_intent,
    "payment_intent.amount_capturable_updated": read_intent,
    "payment_intent.partially_funded": read_intent,
    "charge.succeeded": read_charge,
    "charge.updated": read_charge,
    "charge.captured": read_charge,
    "charge.pending": read_charge,
    "charge.failed": read_charge,
    "charge.expired": read_charge_expired,
    "charge.refunded": read_charge_refunded,
    "refund.created": read_refund,
    "refund.updated": read_refund,
    "refund.failed": read_refund,
    "charge.refund.updated": read_refund,
    "checkout.session.completed": read_session,
    "checkout.session.async_payment_succeeded": read_session,
    "checkout.session.async_payment_failed": read_session,
    "checkout.session.expired": read_session,
    "charge.dispute.created": read_dispute,
    "charge.dispute.updated": read_dispute,
    "charge.dispute.closed": read_dispute,
    "charge.dispute.funds_withdrawn": read_dispute,
    "charge.dispute.funds_reinstated": read_dispute,
    "radar.early_fraud_warning.created": read_fraud_warning,
    "radar.early_fraud_warning.updated": read_fraud_warning,
    "invoice.created": read_invoice,
    "invoice.finalized": read_invoice,
    "invoice.updated": read_invoice,
    "invoice.paid": read_invoice,
    "invoice.payment_succeeded": read_invoice,
    "invoice.payment_failed": read_invoice,
    "invoice.payment_action_required": read_invoice,
    "invoice.overdue": read_invoice,
    "invoice.overpaid": read_invoice,
    "invoice.voided": read_invoice,
    "invoice.marked_uncollectible": read_invoice,
    "invoice_payment.paid": read_invoice_payment,
    "customer.subscription.created": read_subscription,
    "customer.subscription.updated": read_subscription,
    "customer.subscription.deleted": read_subscription,
    "customer.subscription.paused": read_subscription,
    "customer.subscription.resumed": read_subscription,
    "customer.subscription.trial_will_end": read_subscription,
    "customer.subscription.pending_update_applied": read_subscription,
    "customer.subscription.pending_update_expired": read_subscription,
    "payout.created": read_payout,
    "payout.updated": read_payout,
    "payout.paid": read_payout,
    "payout.failed": read_payout,
    "payout.canceled": read_payout,
    "payout.reconciliation_completed": read_payout,
    "customer.created": read_customer,
    "customer.updated": read_customer,
    "customer.deleted": read_customer,
    "payment_method.attached": read_payment_method,
    "payment_method.updated": read_payment_method,
    "payment_method.automatically_updated": read_payment_method,
    "payment_method.card_automatically_updated": read_payment_method,  # its name until 2020
    "payment_method.detached": read_payment_method,
    "customer.source.created": read_payment_method,
    "customer.source.updated": read_payment_method,
    "customer.source.deleted": read_payment_method,
}
HANDLED_TYPES = frozenset(_READERS)
