"""Subscriptions that Stripe bills: begun, moved to another plan, paused, resumed, ended."""

from dataclasses import replace
from typing import TYPE_CHECKING

from stripe import StripeClient

from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.gateways.api.results import SubscriptionAnswer
from bursar.gateways.protocol import Unreadable
from bursar.gateways.shapes import find_object, find_reference
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, write
from bursar.gateways.stripe.calls.failures import unreadable
from bursar.gateways.stripe.calls.lookup import Lookup, find_made
from bursar.gateways.stripe.calls.metadata import metadata_of
from bursar.gateways.stripe.calls.plans import PRORATIONS, changed_item
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.fetch.objects import FIRST_INVOICE, as_of_now, current
from bursar.gateways.stripe.news import entries
from bursar.gateways.stripe.subscriptions import subscription_fact
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

if TYPE_CHECKING:
    from stripe.params import SubscriptionCreateParams, SubscriptionListParams, SubscriptionUpdateParams

_SUBSCRIPTION = "subscription"
_ENDED = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})


def create(client: StripeClient, request: CreateSubscription, key: str) -> SubscriptionAnswer:
    """Start billing. The payer confirms the first period with the client secret, as bank rules demand."""
    params: SubscriptionCreateParams = {
        "items": [{"price": request.price, "quantity": request.quantity}],
        "metadata": metadata_of(key, request.purpose, bursar_subscription=request.subscription),
        "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"},
        "expand": FIRST_INVOICE,
    }
    if request.customer:
        params["customer"] = request.customer
    if request.trial_days:
        params["trial_period_days"] = request.trial_days
    made = write(lambda: client.v1.subscriptions.create(params, {"idempotency_key": key}))
    return _answer(as_of_now(client, made))


def find(client: StripeClient, request: CreateSubscription, lookup: Lookup) -> SubscriptionAnswer | None:
    """The subscription that a call made, ended ones too, whatever its plan is by now."""
    params: SubscriptionListParams = {
        "created": {"gte": lookup.since_s, "lte": lookup.until_s},
        "limit": PAGE_SIZE,
        "status": "all",
        "expand": [f"data.{path}" for path in FIRST_INVOICE],
    }
    if request.customer:
        params["customer"] = request.customer
    made = find_made(lambda: client.v1.subscriptions.list(params), lookup)
    return None if made is None else _answer(made)


def change(client: StripeClient, request: ChangeSubscription, key: str) -> SubscriptionAnswer:
    """Move it to another plan, now. What has to be paid at once changes it only when it is paid."""
    item = changed_item(current(client, _SUBSCRIPTION, request.subscription), request)
    return _updated(
        client,
        request.subscription,
        {
            "items": [{"id": item, "price": request.price, "quantity": request.quantity}],
            "proration_behavior": PRORATIONS[request.proration],
            "payment_behavior": "pending_if_incomplete",
        },
        key,
    )


def find_changed(
    client: StripeClient,
    request: ChangeSubscription,
    lookup: Lookup,  # noqa: ARG001  the subscription itself tells
) -> SubscriptionAnswer | None:
    """The subscription, if it has, or is about to have, the wanted plan."""
    standing = current(client, _SUBSCRIPTION, request.subscription)
    pending = find_object(standing.thing.get("pending_update")).get("subscription_items")
    items = [*entries(standing.thing.get("items")), *entries(pending)]
    wanted = any(
        find_reference(item.get("price")) == request.price and item.get("quantity", 1) == request.quantity
        for item in map(find_object, items)
    )
    return _answer(standing) if wanted else None


def pause(client: StripeClient, request: PauseSubscription, key: str) -> SubscriptionAnswer:
    """Stop collecting: what would be due meanwhile is never due."""
    return _updated(client, request.subscription, {"pause_collection": {"behavior": "void"}}, key)


def resume(client: StripeClient, request: ResumeSubscription, key: str) -> SubscriptionAnswer:
    """Collect again, from the next invoice on."""
    return _updated(client, request.subscription, {"pause_collection": ""}, key)


def find_paused(
    client: StripeClient,
    request: PauseSubscription | ResumeSubscription,
    lookup: Lookup,  # noqa: ARG001  the subscription itself tells
) -> SubscriptionAnswer | None:
    """The subscription, if it is paused as asked, or not paused as asked."""
    standing = current(client, _SUBSCRIPTION, request.subscription)
    paused = bool(find_object(standing.thing.get("pause_collection")))
    return _answer(standing) if paused is isinstance(request, PauseSubscription) else None


def cancel(client: StripeClient, request: CancelSubscription, key: str) -> SubscriptionAnswer:
    """End it. One that has ended is no failure."""
    if request.at is ChangeAt.PERIOD_END:
        return _updated(client, request.subscription, {"cancel_at_period_end": True}, key)
    try:
        return _answer(write(lambda: client.v1.subscriptions.cancel(request.subscription)))
    except GatewayRefused as refused:
        # Stripe says of an ended subscription that there is none; it can still be read.
        if refused.failure.code is not FailureCode.NOT_FOUND:
            raise
        return _answer(current(client, _SUBSCRIPTION, request.subscription))


def cancels_by_key(request: CancelSubscription) -> bool:
    """Whether Stripe heeds the key: ending at once is a DELETE, and of those it heeds none."""
    return request.at is ChangeAt.PERIOD_END


def find_canceled(
    client: StripeClient,
    request: CancelSubscription,
    lookup: Lookup,  # noqa: ARG001  the subscription itself tells
) -> SubscriptionAnswer | None:
    """The subscription, if it has ended or will end as asked."""
    standing = current(client, _SUBSCRIPTION, request.subscription)
    fact = _fact(standing)
    ending = request.at is ChangeAt.PERIOD_END and fact.cancel_at_period_end
    return _answer(standing) if ending or fact.status in _ENDED else None


def _updated(
    client: StripeClient, subscription: str, params: "SubscriptionUpdateParams", key: str
) -> SubscriptionAnswer:
    changed = write(lambda: client.v1.subscriptions.update(subscription, params, {"idempotency_key": key}))
    return _answer(as_of_now(client, changed))


def _answer(answered: Answered) -> SubscriptionAnswer:
    """As it stands; its first invoice is expanded for the payer's page only, and kept nowhere."""
    status = _fact(answered).status
    first = find_object(answered.thing.get("latest_invoice"))
    bare = answered.thing | ({"latest_invoice": first["id"]} if "id" in first else {})
    return SubscriptionAnswer(
        subscription=answered.id,
        status=status,
        client_secret=find_object(first.get("confirmation_secret")).get("client_secret"),
        found=(found_in(replace(answered, thing=bare)),),
    )


def _fact(answered: Answered) -> SubscriptionFact:
    """Read as its events are, so that both say the same. Raises OutcomeUnknown for a new word of Stripe's."""
    try:
        return subscription_fact(answered.thing, answered.at, _SUBSCRIPTION)
    except Unreadable as unknown:
        raise unreadable(str(unknown), writes=True) from None
