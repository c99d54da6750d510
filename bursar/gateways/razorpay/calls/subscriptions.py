"""Billing a plan at Razorpay. It has no idempotency keys: every question is answered by the subscription."""

from datetime import datetime, timedelta

from bursar.clock import utc_now
from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    Proration,
    ResumeSubscription,
)
from bursar.gateways.api.results import SubscriptionAnswer
from bursar.gateways.razorpay.calls import failures, listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.calls.found import find_fact, found
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

_AT = {ChangeAt.NOW: "now", ChangeAt.PERIOD_END: "cycle_end"}
_SILENT = False
"""`customer_notify`: what the payer is told, we tell."""
_ENDED = ("cancelled", "completed", "expired")
_RUNNING = ("active", "authenticated")


def create(client: Client, request: CreateSubscription, key: str) -> SubscriptionAnswer:
    """Make it; the payer approves it at `approval_url`, and comes back nowhere.

    Raises GatewayRefused without a number of cycles. Who pays, Razorpay asks the payer itself.
    """
    if request.cycles is None:
        raise failures.refused("cycles: Razorpay demands how often a subscription renews; give a number")
    data: Entity = {
        "plan_id": request.price,
        "total_count": request.cycles,
        "quantity": request.quantity,
        "customer_notify": _SILENT,
        "notes": notes.notes_of(request.purpose, key),
    }
    if request.trial_days:
        data["start_at"] = int((utc_now() + timedelta(days=request.trial_days)).timestamp())
    return _stands(client, client.call(client.sdk.subscription.create, data))


def ask_created(
    client: Client, request: CreateSubscription, key: str, sent_at: datetime
) -> SubscriptionAnswer | None:
    """Look through the subscriptions of the plan that were made since then."""
    listed = listing.entities(
        client, client.sdk.subscription.all, query={"plan_id": request.price, "from": listing.since(sent_at)}
    )
    for each in listed:
        if notes.is_of(each, key):
            return _stands(client, each)
    check_absence("the subscription", sent_at)
    return None


def change(client: Client, request: ChangeSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Move to another plan. Razorpay charges the difference itself, and knows no other proration."""
    if request.at is ChangeAt.NOW and request.proration is not Proration.INVOICE_NOW:
        raise unsupported(
            "Razorpay", f"proration {request.proration.value}", "invoice_now, or a change at period_end"
        )
    data = {
        "plan_id": request.price,
        "quantity": request.quantity,
        "schedule_change_at": _AT[request.at],
        "customer_notify": _SILENT,
    }
    subscription_id = path_id(request.subscription, "subscription")
    return _stands(client, client.call(client.sdk.subscription.edit, subscription_id, data))


def ask_changed(
    client: Client,
    request: ChangeSubscription,
    key: str,  # noqa: ARG001  has no key
    sent_at: datetime,
) -> SubscriptionAnswer | None:
    """Whether it has the plan by now, or will have it at the end of the period."""
    entity = _fetch(client, request.subscription)
    planned = entity
    if request.at is ChangeAt.PERIOD_END and entity.get("has_scheduled_changes") is True:
        planned = client.call(client.sdk.subscription.pending_update, get_id(entity))
    if (planned.get("plan_id"), planned.get("quantity")) == (request.price, request.quantity):
        return _stands(client, entity)
    check_absence("the change", sent_at)
    return None


def pause(client: Client, request: PauseSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Collect no more until it is resumed."""
    subscription_id = path_id(request.subscription, "subscription")
    return _stands(client, client.call(client.sdk.subscription.pause, subscription_id, {"pause_at": "now"}))


def ask_paused(
    client: Client,
    request: PauseSubscription,
    key: str,  # noqa: ARG001  has no key
    sent_at: datetime,
) -> SubscriptionAnswer | None:
    """Whether it is paused by now."""
    entity = _fetch(client, request.subscription)
    if entity.get("status") == "paused":
        return _stands(client, entity)
    check_absence("the pause", sent_at)
    return None


def resume(client: Client, request: ResumeSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Collect again."""
    subscription_id = path_id(request.subscription, "subscription")
    return _stands(client, client.call(client.sdk.subscription.resume, subscription_id, {"resume_at": "now"}))


def ask_resumed(
    client: Client,
    request: ResumeSubscription,
    key: str,  # noqa: ARG001  has no key
    sent_at: datetime,
) -> SubscriptionAnswer | None:
    """Whether it runs again by now."""
    entity = _fetch(client, request.subscription)
    if entity.get("status") in _RUNNING:
        return _stands(client, entity)
    check_absence("the resumption", sent_at)
    return None


def cancel(client: Client, request: CancelSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """End it, now or with the period that is paid for."""
    subscription_id = path_id(request.subscription, "subscription")
    data = {"cancel_at_cycle_end": request.at is ChangeAt.PERIOD_END}
    return _stands(client, client.call(client.sdk.subscription.cancel, subscription_id, data))


def ask_cancelled(
    client: Client,
    request: CancelSubscription,
    key: str,  # noqa: ARG001  has no key
    sent_at: datetime,
) -> SubscriptionAnswer | None:
    """Whether it has ended. That it will end with its period Razorpay does not show: ask for it again."""
    entity = _fetch(client, request.subscription)
    if entity.get("status") in _ENDED:
        return _stands(client, entity)
    check_absence("the cancellation", sent_at)
    return None


def _fetch(client: Client, subscription: str) -> Entity:
    return client.call(client.sdk.subscription.fetch, path_id(subscription, "subscription"))


def _stands(client: Client, entity: Entity) -> SubscriptionAnswer:
    told = found(client, "subscription", entity)
    fact = find_fact(told, SubscriptionFact)
    return SubscriptionAnswer(
        subscription=get_id(entity),
        status=fact.status if fact else SubscriptionStatus.INCOMPLETE,
        approval_url=find_identifier(entity.get("short_url")) if entity.get("status") == "created" else None,
        found=(told,),
    )
