"""A subscription, and the renewal that comes with it."""

from bursar.gateways.protocol import Document, Reading
from bursar.gateways.razorpay.claims import Context
from bursar.gateways.razorpay.entities import Entity, get_entity, get_id, get_status
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.razorpay.payments import PAID, payment_beside, payment_facts
from bursar.gateways.shapes import find_customer, find_identifier, find_object, find_time
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

_WORDS = {
    "created": SubscriptionStatus.INCOMPLETE,
    "authenticated": SubscriptionStatus.INCOMPLETE,
    "active": SubscriptionStatus.ACTIVE,
    "resumed": SubscriptionStatus.ACTIVE,
    "pending": SubscriptionStatus.PAST_DUE,
    "paused": SubscriptionStatus.PAUSED,
    "halted": SubscriptionStatus.UNPAID,
    "completed": SubscriptionStatus.COMPLETED,
    "expired": SubscriptionStatus.INCOMPLETE_EXPIRED,
    "cancelled": SubscriptionStatus.CANCELED,
}


def charged(document: Document) -> Reading:
    """`subscription.charged`: a renewal was paid."""
    entity = get_entity(document, "subscription")
    payment = payment_facts(document, PAID, Context(subscription=entity))
    return (*payment, _subscription(document, entity, SubscriptionStatus.ACTIVE))


def changed(document: Document, told: SubscriptionStatus) -> Reading:
    """Any other `subscription.*`: where it stands, and the payment if one comes along."""
    entity = get_entity(document, "subscription")
    payment = payment_beside(document, Context(subscription=entity))
    return (*payment, _subscription(document, entity, told))


def _subscription(document: Document, entity: Entity, told: SubscriptionStatus) -> SubscriptionFact:
    status = get_status(entity, "subscription", _WORDS, told)
    said_at, starts_at = created_at(document), find_time(entity.get("start_at"))
    trial_end = None
    if entity.get("status") == "authenticated" and said_at and starts_at and starts_at > said_at:
        # The mandate stands and nothing is due before the start: that is a trial. A start that is
        # now or unknown means that the first charge is still to come, and nothing is granted yet.
        status, trial_end = SubscriptionStatus.TRIALING, starts_at
    plan = find_identifier(entity.get("plan_id"))
    return SubscriptionFact(
        subscription=get_id(entity, "subscription"),
        status=status,
        occurred_at=said_at,
        gateway_customer=find_identifier(entity.get("customer_id")),
        customer=find_customer(find_object(entity.get("notes"))),
        plans=(plan,) if plan else (),
        period_start=find_time(entity.get("current_start")),
        period_end=find_time(entity.get("current_end")),
        trial_end=trial_end,
    )
