"""What a Razorpay event says about money, by the shape of `payload.<kind>.entity`. No SDK.

Which reader a type has is said here; each noun reads itself in a module of its own.
"""

from collections.abc import Callable
from functools import partial

from bursar.gateways.protocol import Document, Ignored, Reading
from bursar.gateways.razorpay import (
    disputes,
    downtimes,
    links,
    payments,
    refunds,
    settlements,
    subscriptions,
    tokens,
)
from bursar.rules.states import (
    CheckoutStatus,
    DisputeStatus,
    DowntimeStatus,
    GatewayInvoiceStatus,
    PaymentMethodStatus,
    SubscriptionStatus,
)

_Reader = Callable[[Document], Reading]


def read(event_type: str, document: Document) -> Reading:
    """Turn a stored event into facts. Raises Unreadable naming the field."""
    reader = _READERS.get(event_type)
    if reader is None:
        return Ignored(reason="unhandled type")
    return reader(document)


_DISPUTES = {
    "created": DisputeStatus.NEEDS_RESPONSE,
    "action_required": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "closed": DisputeStatus.CLOSED,
}
_SUBSCRIPTIONS = {
    "authenticated": SubscriptionStatus.INCOMPLETE,
    "activated": SubscriptionStatus.ACTIVE,
    "pending": SubscriptionStatus.PAST_DUE,
    "halted": SubscriptionStatus.UNPAID,
    "cancelled": SubscriptionStatus.CANCELED,
    "completed": SubscriptionStatus.COMPLETED,
    "paused": SubscriptionStatus.PAUSED,
    "resumed": SubscriptionStatus.ACTIVE,
    "updated": SubscriptionStatus.ACTIVE,
}
"""What a type says where the entity says nothing. Only active subscriptions can be updated."""
_DOWNTIMES = {
    "started": DowntimeStatus.STARTED,
    "updated": DowntimeStatus.STARTED,
    "resolved": DowntimeStatus.RESOLVED,
}
_TOKENS = {
    "confirmed": PaymentMethodStatus.ATTACHED,
    "resumed": PaymentMethodStatus.ATTACHED,
    "paused": PaymentMethodStatus.PAUSED,
    "cancelled": PaymentMethodStatus.DETACHED,
    "rejected": PaymentMethodStatus.DETACHED,
}
_READERS: dict[str, _Reader] = {
    "payment.authorized": payments.authorized,
    "payment.captured": payments.captured,
    "payment.failed": payments.failed,
    "order.paid": links.order_paid,
    "payment_link.paid": partial(links.link_paid, told=CheckoutStatus.COMPLETED),
    "payment_link.partially_paid": partial(links.link_paid, told=CheckoutStatus.OPEN),
    "payment_link.cancelled": links.link_closed,
    "payment_link.expired": links.link_closed,
    "invoice.paid": partial(links.invoice_paid, told=GatewayInvoiceStatus.PAID),
    "invoice.partially_paid": partial(links.invoice_paid, told=GatewayInvoiceStatus.PARTIALLY_PAID),
    "invoice.expired": links.invoice_expired,
    "refund.created": refunds.changed,
    "refund.processed": refunds.processed,
    "refund.failed": refunds.failed,
    "refund.speed_changed": refunds.changed,
    "subscription.charged": subscriptions.charged,
    "settlement.processed": settlements.processed,
    **{f"payment.dispute.{word}": partial(disputes.changed, told=told) for word, told in _DISPUTES.items()},
    **{f"subscription.{word}": partial(subscriptions.changed, told=t) for word, t in _SUBSCRIPTIONS.items()},
    **{f"payment.downtime.{word}": partial(downtimes.changed, told=t) for word, t in _DOWNTIMES.items()},
    **{f"token.{word}": partial(tokens.changed, told=told) for word, told in _TOKENS.items()},
}
HANDLED_TYPES = frozenset(_READERS)
