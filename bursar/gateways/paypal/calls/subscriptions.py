"""Billing a plan at PayPal. Only making one has an idempotency key; changes are found by their effect."""

from datetime import timedelta

from bursar.clock import utc_now
from bursar.gateways.api.failures import GatewayAway, OutcomeUnknown, unsupported
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.gateways.api.results import SubscriptionAnswer
from bursar.gateways.paypal.calls import failures, texts
from bursar.gateways.paypal.calls.answers import find_fact, find_link, found, get_id
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import Thing
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus

PATH = "/v1/billing/subscriptions"
_REASON = {"reason": "asked for by the school"}
"""PayPal demands one, and shows it to the payer."""
_ENDED = frozenset({"CANCELLED", "EXPIRED"})


def create(client: Client, request: CreateSubscription, key: str) -> SubscriptionAnswer:
    """Make it; the payer approves it at `approval_url`. Raises GatewayRefused for cycles of our own."""
    if request.cycles is not None:
        raise unsupported("PayPal", "cycles of a subscription", "make a plan with so many, and leave it None")
    if request.return_url is None:
        raise failures.refused("return_url: PayPal needs to know where the payer goes after approving")
    data: Thing = {
        "plan_id": request.price,
        "quantity": str(request.quantity),
        "application_context": {
            "return_url": request.return_url,
            "cancel_url": request.return_url,
            "user_action": "SUBSCRIBE_NOW",
            "shipping_preference": "NO_SHIPPING",
        },
        **texts.subscriber_id(request.purpose),
    }
    if request.trial_days:
        starts_at = utc_now() + timedelta(days=request.trial_days)
        data["start_time"] = starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _stands(client, client.post(PATH, data, key))


def change(client: Client, request: ChangeSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Move to another plan with the next cycle; a dearer one waits for the payer at `approval_url`."""
    if request.at is ChangeAt.NOW:
        raise unsupported("PayPal", "change of plan now", "change at period_end: it bills no part of a cycle")
    data = {"plan_id": request.price, "quantity": str(request.quantity)}
    revised = client.post(f"{_path(request.subscription)}/revise", data)
    return _stands(client, _after(client, request.subscription), find_link(revised, "approve"))


def find_changed(client: Client, request: ChangeSubscription, lost: Lost) -> SubscriptionAnswer | None:  # noqa: ARG001
    """Whether it has the plan by now. One that waits for its payer does not, and may be asked for again."""
    thing = client.get(_path(request.subscription))
    same = (thing.get("plan_id"), thing.get("quantity", "1")) == (request.price, str(request.quantity))
    return _stands(client, thing) if same else None


def pause(client: Client, request: PauseSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Collect no more until it is resumed."""
    return _act(client, request.subscription, "suspend")


def find_paused(client: Client, request: PauseSubscription, lost: Lost) -> SubscriptionAnswer | None:  # noqa: ARG001
    """Whether it is suspended by now."""
    return _find(client, request.subscription, frozenset({"SUSPENDED"}))


def resume(client: Client, request: ResumeSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """Collect again."""
    return _act(client, request.subscription, "activate")


def find_resumed(client: Client, request: ResumeSubscription, lost: Lost) -> SubscriptionAnswer | None:  # noqa: ARG001
    """Whether it runs again by now."""
    return _find(client, request.subscription, frozenset({"ACTIVE"}))


def cancel(client: Client, request: CancelSubscription, key: str) -> SubscriptionAnswer:  # noqa: ARG001
    """End it now. PayPal gives nothing back for the rest of a cycle, and cannot wait for its end."""
    if request.at is ChangeAt.PERIOD_END:
        raise unsupported(
            "PayPal", "cancelling at the end of a period", "suspend it now, and cancel it when that has come"
        )
    return _act(client, request.subscription, "cancel")


def find_canceled(client: Client, request: CancelSubscription, lost: Lost) -> SubscriptionAnswer | None:  # noqa: ARG001
    """Whether it has ended by now."""
    return _find(client, request.subscription, _ENDED)


def _act(client: Client, subscription: str, action: str) -> SubscriptionAnswer:
    client.post(f"{_path(subscription)}/{action}", _REASON)
    return _stands(client, _after(client, subscription))


def _find(client: Client, subscription: str, states: frozenset[str]) -> SubscriptionAnswer | None:
    thing = client.get(_path(subscription))
    status = thing.get("status")
    return _stands(client, thing) if isinstance(status, str) and status in states else None


def _after(client: Client, subscription: str) -> Thing:
    """How it stands after a change that has no answer. It has acted, so not knowing is not "did not act"."""
    try:
        return client.get(_path(subscription))
    except GatewayAway as away:
        raise OutcomeUnknown(away.failure) from None


def _path(subscription: str) -> str:
    return f"{PATH}/{path_id(subscription, 'subscription')}"


def _stands(client: Client, thing: Thing, approval_url: str | None = None) -> SubscriptionAnswer:
    fact = find_fact(Kind.SUBSCRIPTION, thing, SubscriptionFact)
    waits = thing.get("status") == "APPROVAL_PENDING"
    return SubscriptionAnswer(
        subscription=get_id(thing),
        status=fact.status if fact else SubscriptionStatus.INCOMPLETE,
        approval_url=approval_url or (find_link(thing, "approve") if waits else None),
        found=(found(client, Kind.SUBSCRIPTION, thing),),
    )
