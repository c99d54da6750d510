"""Stripe events as Stripe would send them, ready to be signed; told by `stripe_objects` and its siblings."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import orjson

from bursar.sandbox import (
    stripe_accounts,
    stripe_billing,
    stripe_charges,
    stripe_disputes,
    stripe_objects,
    stripe_sessions,
)
from bursar.sandbox.stripe_objects import StripeStory

_Teller = Callable[[StripeStory], dict[str, Any]]

_STRIPE_OBJECTS: dict[str, _Teller] = {
    "payment_intent.succeeded": stripe_objects.intent_succeeded,
    "payment_intent.processing": stripe_objects.intent_processing,
    "payment_intent.payment_failed": stripe_objects.intent_failed,
    "payment_intent.canceled": stripe_objects.intent_canceled,
    "payment_intent.requires_action": stripe_objects.intent_waiting,
    "payment_intent.amount_capturable_updated": stripe_objects.intent_capturable,
    "payment_intent.partially_funded": stripe_objects.intent_waiting,
    "charge.succeeded": stripe_charges.charge_succeeded,
    "charge.updated": stripe_charges.charge_succeeded,
    "charge.captured": stripe_charges.charge_succeeded,
    "charge.pending": stripe_charges.charge_pending,
    "charge.failed": stripe_charges.charge_failed,
    "charge.expired": stripe_charges.charge_expired,
    "charge.refunded": stripe_charges.charge_refunded,
    "refund.created": partial(stripe_objects.refund, status="pending"),
    "refund.updated": partial(stripe_objects.refund, status="succeeded"),
    "refund.failed": partial(stripe_objects.refund, status="failed"),
    "charge.refund.updated": partial(stripe_objects.refund, status="succeeded"),
    "checkout.session.completed": stripe_sessions.session_completed,
    "checkout.session.async_payment_succeeded": stripe_sessions.session_completed,
    "checkout.session.async_payment_failed": partial(
        stripe_sessions.session_completed, payment_status="unpaid"
    ),
    "checkout.session.expired": stripe_sessions.session_expired,
    "charge.dispute.created": partial(stripe_disputes.dispute, status="needs_response"),
    "charge.dispute.updated": partial(stripe_disputes.dispute, status="under_review", movements=1),
    "charge.dispute.closed": partial(stripe_disputes.dispute, status="won", movements=2),
    "charge.dispute.funds_withdrawn": partial(stripe_disputes.dispute, status="needs_response", movements=1),
    "charge.dispute.funds_reinstated": partial(stripe_disputes.dispute, status="won", movements=2),
    "radar.early_fraud_warning.created": partial(stripe_disputes.fraud_warning, actionable=True),
    "radar.early_fraud_warning.updated": partial(stripe_disputes.fraud_warning, actionable=False),
    "invoice.created": partial(stripe_billing.invoice, status="draft"),
    "invoice.finalized": partial(stripe_billing.invoice, status="open"),
    "invoice.updated": partial(stripe_billing.invoice, status="open"),
    "invoice.paid": partial(stripe_billing.invoice, status="paid", attempts=1),
    "invoice.payment_succeeded": partial(stripe_billing.invoice, status="paid", attempts=1),
    "invoice.payment_failed": partial(stripe_billing.invoice, status="open", attempts=1, retried=True),
    "invoice.payment_action_required": partial(stripe_billing.invoice, status="open", attempts=1),
    "invoice.overdue": partial(stripe_billing.invoice, status="open"),
    "invoice.overpaid": stripe_billing.invoice_overpaid,
    "invoice.voided": partial(stripe_billing.invoice, status="void"),
    "invoice.marked_uncollectible": partial(stripe_billing.invoice, status="uncollectible", attempts=4),
    "invoice_payment.paid": stripe_billing.invoice_payment,
    "customer.subscription.created": partial(stripe_billing.subscription, status="incomplete"),
    "customer.subscription.updated": partial(stripe_billing.subscription, status="active"),
    "customer.subscription.deleted": partial(stripe_billing.subscription, status="canceled"),
    "customer.subscription.paused": partial(stripe_billing.subscription, status="paused"),
    "customer.subscription.resumed": partial(stripe_billing.subscription, status="active"),
    "customer.subscription.trial_will_end": partial(stripe_billing.subscription, status="trialing"),
    "customer.subscription.pending_update_applied": partial(stripe_billing.subscription, status="active"),
    "customer.subscription.pending_update_expired": partial(stripe_billing.subscription, status="active"),
    "payout.created": partial(stripe_accounts.payout, status="in_transit"),
    "payout.updated": partial(stripe_accounts.payout, status="in_transit"),
    "payout.paid": partial(stripe_accounts.payout, status="paid"),
    "payout.failed": partial(stripe_accounts.payout, status="failed"),
    "payout.canceled": partial(stripe_accounts.payout, status="canceled"),
    "payout.reconciliation_completed": partial(stripe_accounts.payout, status="paid", reconciled=True),
    "customer.created": stripe_accounts.customer,
    "customer.updated": stripe_accounts.customer,
    "customer.deleted": stripe_accounts.customer,
    "payment_method.attached": partial(stripe_accounts.payment_method, attached=True),
    "payment_method.updated": partial(stripe_accounts.payment_method, attached=True),
    "payment_method.automatically_updated": partial(stripe_accounts.payment_method, attached=True),
    "payment_method.card_automatically_updated": partial(stripe_accounts.payment_method, attached=True),
    "payment_method.detached": partial(stripe_accounts.payment_method, attached=False),
    "customer.source.created": stripe_accounts.saved_card,
    "customer.source.updated": stripe_accounts.saved_card,
    "customer.source.deleted": stripe_accounts.saved_card,
}

_BEFORE: dict[str, _Teller] = {"payment_method.detached": lambda story: {"customer": story["customer"]}}
"""What an object was before its event, where that is news: `previous_attributes`."""


def stripe_event(event_type: str, *, event_id: str | None = None, **story: Unpack[StripeStory]) -> bytes:
    """The body of a Stripe event, indented by two as Stripe sends it. Raises KeyError for other types."""
    whole = stripe_objects.told(story)
    data = {"object": _STRIPE_OBJECTS[event_type](whole)}
    if event_type in _BEFORE:
        data["previous_attributes"] = _BEFORE[event_type](whole)
    event = {
        "id": event_id or _stripe_event_id(event_type, whole),
        "object": "event",
        "api_version": stripe_objects.API_VERSION,
        "created": whole["created"],
        "data": data,
        "livemode": whole["livemode"],
        "pending_webhooks": 1,
        "request": {"id": "req_demo", "idempotency_key": None},
        "type": event_type,
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2)


def stripe_payment_events(**story: Unpack[StripeStory]) -> list[bytes]:
    """Everything Stripe says about one paid checkout, in the order it happens."""
    types = (
        "payment_intent.processing",
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
    )
    return [stripe_event(event_type, **story) for event_type in types]


def _stripe_event_id(event_type: str, story: StripeStory) -> str:
    told = event_type.encode() + orjson.dumps(story)
    return f"evt_demo_{hashlib.sha256(told).hexdigest()[:20]}"


STRIPE_SAMPLES: dict[str, Callable[..., bytes]] = {
    f"stripe:{event_type}": partial(stripe_event, event_type) for event_type in _STRIPE_OBJECTS
}
"""By the name `bursar trigger` takes. Each is called with keywords of a `StripeStory`."""
