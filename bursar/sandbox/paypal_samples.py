"""PayPal's events as PayPal would send them, ready to be signed, and the objects that a fetch would find.

An event carries the whole object, and none of it is believed: see `bursar.gateways.paypal.facts`.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import orjson

from bursar.gateways.paypal.kinds import Kind
from bursar.sandbox import paypal_objects, paypal_registers
from bursar.sandbox.paypal_objects import PayPalStory

_Teller = Callable[[PayPalStory], dict[str, Any]]


def _capture(status: str) -> _Teller:
    return partial(paypal_objects.capture, status=status)


def _order(status: str) -> _Teller:
    return partial(paypal_objects.order, status=status)


def _sale(state: str) -> _Teller:
    return partial(paypal_objects.sale, state=state)


def _subscription(status: str) -> _Teller:
    return partial(paypal_registers.subscription, status=status)


def _dispute(status: str, outcome: str | None = None) -> _Teller:
    return partial(paypal_registers.dispute, status=status, outcome=outcome)


_RESOURCES: dict[str, tuple[str, _Teller]] = {
    "CHECKOUT.ORDER.APPROVED": ("checkout-order", _order("APPROVED")),
    "CHECKOUT.ORDER.COMPLETED": ("checkout-order", _order("COMPLETED")),
    "PAYMENT.CAPTURE.COMPLETED": ("capture", _capture("COMPLETED")),
    "PAYMENT.CAPTURE.PENDING": ("capture", _capture("PENDING")),
    "PAYMENT.CAPTURE.DENIED": ("capture", _capture("DECLINED")),
    "PAYMENT.CAPTURE.DECLINED": ("capture", _capture("DECLINED")),
    "PAYMENT.CAPTURE.REFUNDED": ("refund", paypal_objects.refund),
    "PAYMENT.CAPTURE.REVERSED": ("refund", paypal_objects.refund),
    "PAYMENT.SALE.COMPLETED": ("sale", _sale("completed")),
    "PAYMENT.SALE.PENDING": ("sale", _sale("pending")),
    "PAYMENT.SALE.DENIED": ("sale", _sale("denied")),
    "PAYMENT.SALE.REFUNDED": ("sale", paypal_objects.sale_refund),
    "PAYMENT.SALE.REVERSED": ("sale", paypal_objects.sale_refund),
    "BILLING.SUBSCRIPTION.CREATED": ("subscription", _subscription("APPROVAL_PENDING")),
    "BILLING.SUBSCRIPTION.ACTIVATED": ("subscription", _subscription("ACTIVE")),
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": ("subscription", _subscription("ACTIVE")),
    "BILLING.SUBSCRIPTION.UPDATED": ("subscription", _subscription("ACTIVE")),
    "BILLING.SUBSCRIPTION.SUSPENDED": ("subscription", _subscription("SUSPENDED")),
    "BILLING.SUBSCRIPTION.CANCELLED": ("subscription", _subscription("CANCELLED")),
    "BILLING.SUBSCRIPTION.EXPIRED": ("subscription", _subscription("EXPIRED")),
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": ("subscription", _subscription("ACTIVE")),
    "CUSTOMER.DISPUTE.CREATED": ("dispute", _dispute("OPEN")),
    "CUSTOMER.DISPUTE.UPDATED": ("dispute", _dispute("UNDER_REVIEW")),
    "CUSTOMER.DISPUTE.RESOLVED": ("dispute", _dispute("RESOLVED", "RESOLVED_SELLER_FAVOUR")),
}
"""`resource_type` and the object, by the type of the event."""
_FETCHED: dict[Kind, _Teller] = {
    Kind.CAPTURE: _capture("COMPLETED"),
    Kind.REFUND: paypal_objects.refund,
    Kind.REVERSAL: paypal_objects.refund,
    Kind.ORDER: _order("COMPLETED"),
    Kind.SALE: _sale("completed"),
    Kind.SALE_REFUND: paypal_objects.sale_refund,
    Kind.SALE_REVERSAL: paypal_objects.sale_refund,
    Kind.SUBSCRIPTION: _subscription("ACTIVE"),
    Kind.DISPUTE: _dispute("UNDER_REVIEW"),
}


def paypal_event(event_type: str, *, event_id: str | None = None, **story: Unpack[PayPalStory]) -> bytes:
    """The body of a PayPal event, compact as PayPal sends it. Raises KeyError for other types."""
    whole = paypal_objects.told(story)
    resource_type, tell = _RESOURCES[event_type]
    event_id = event_id or _event_id(event_type, whole)
    event = {
        "id": event_id,
        "event_version": "1.0",
        "create_time": paypal_objects.at(whole),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": event_type,
        "summary": "A sample of this event",
        "resource": tell(whole),
        "links": [paypal_objects.link("self", f"/v1/notifications/webhooks-events/{event_id}")],
    }
    return orjson.dumps(event)


def paypal_object(kind: Kind, **story: Unpack[PayPalStory]) -> bytes:
    """An object as PayPal's API answers with it: the body of a `fetched.<kind>` row."""
    return orjson.dumps(_FETCHED[kind](paypal_objects.told(story)))


def _event_id(event_type: str, story: PayPalStory) -> str:
    told = event_type.encode() + orjson.dumps(story)
    return f"WH-DEMO-{hashlib.sha256(told).hexdigest()[:20].upper()}"


PAYPAL_SAMPLES: dict[str, Callable[..., bytes]] = {
    f"paypal:{event_type}": partial(paypal_event, event_type) for event_type in _RESOURCES
}
"""By the name `bursar trigger` takes. Each is called with keywords of a `PayPalStory`."""
PAYPAL_FETCHED: dict[str, Callable[..., bytes]] = {
    f"paypal:{kind.fetched_type}": partial(paypal_object, kind) for kind in Kind
}
"""The same of what a fetch finds. Nobody posts these: a receiver refuses their types."""
