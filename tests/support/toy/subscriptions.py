"""The toy's subscriptions: begun unpaid, then whatever was asked for, each word later than the one before."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson

from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.gateways.api.results import Found, SubscriptionAnswer
from bursar.rules.states import SubscriptionStatus

BEGAN_S = 1_790_000_000
PERIOD_END_S = BEGAN_S + 30 * 86_400


def told(api: Any, subscription: str, **changes: Any) -> Found:
    """The subscription as the toy shows it from now on."""
    known = api.subscriptions.setdefault(
        subscription, {"plan": "price_old", "status": "active", "at": BEGAN_S}
    )
    known |= {"at": known["at"] + 1, **changes}
    said = {
        **known,
        "type": f"subscription.{known['status']}",
        "subscription": subscription,
        "period_end": PERIOD_END_S,
    }
    document = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return Found(
        type=f"subscription.{known['status']}",
        object_id=subscription,
        dedupe_key=f"toy:{hashlib.sha256(document).hexdigest()[:32]}",
        document=document,
        occurred_at=datetime.fromtimestamp(known["at"], UTC),
        livemode=False,
    )


def _begin(api: Any, request: CreateSubscription, n: int) -> SubscriptionAnswer:
    made = f"{api.name}_sub_{n}"
    found = told(api, made, plan=request.price, customer=request.purpose.customer, status="incomplete")
    return SubscriptionAnswer(
        subscription=made,
        status=SubscriptionStatus.INCOMPLETE,
        approval_url=f"https://{api.name}.example/approve/{n}",
        client_secret="secret",
        found=(found,),
    )


def _answer(api: Any, subscription: str, **changes: Any) -> SubscriptionAnswer:
    found = told(api, subscription, **changes)
    status = SubscriptionStatus(api.subscriptions[subscription]["status"])
    return SubscriptionAnswer(subscription=subscription, status=status, found=(found,))


def _cancel(api: Any, request: CancelSubscription, _: int) -> SubscriptionAnswer:
    ended = {"status": "canceled"} if request.at is ChangeAt.NOW else {"ends": True}
    return _answer(api, request.subscription, **ended)


ACTS: dict[type[Any], Any] = {
    CreateSubscription: _begin,
    ChangeSubscription: lambda api, request, _n: _answer(api, request.subscription, plan=request.price),
    PauseSubscription: lambda api, request, _n: _answer(api, request.subscription, status="paused"),
    ResumeSubscription: lambda api, request, _n: _answer(api, request.subscription, status="active"),
    CancelSubscription: _cancel,
}
