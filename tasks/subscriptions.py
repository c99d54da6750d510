"""Subscriptions that gateways bill: begun, moved to another plan, paused, resumed, ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    PauseSubscription,
    Proration,
    Request,
    ResumeSubscription,
)
from bursar.gateways.api.results import ChangePreview, SubscriptionAnswer
from bursar.rules.calling import Operation
from bursar.rules.routing import gateway_of
from bursar.rules.states import SubscriptionStatus
from bursar.rules.subscriptions import BEGUN, ENDED, check_action
from models import books
from models.queries import customers, plans, subscriptions
from models.queries.audit import audit
from models.session import raw, transaction
from tasks.asking import enqueue_call
from tasks.beginning import begin
from tasks.calls import make_calls, make_calls_here
from tasks.gateways import api_of
from tasks.offers import choose_offer, price_at
from tasks.routing import admit, guarded
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

QUANTITY_MAX = 10_000
"""Seats of one subscription; more is a typing mistake."""
TRIAL_DAYS_MAX = 730
"""Two years, as long as Stripe allows (docs.stripe.com/billing/subscriptions/trials)."""
CYCLES_MAX = 1_200
"""Renewals: a hundred years of months."""


_RequestFor = Callable[[Session, Any], Request[SubscriptionAnswer]]
"""What to ask of the gateway, by how the subscription stands."""


class AlreadySubscribed(Refused):
    """The customer has this plan."""


class ChangeInFlight(Refused):
    """Another change of this subscription has not ended yet."""


class OutOfBounds(Refused):
    """A number is too small or too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a host wants begun."""

    customer_id: UUID
    plan: str
    currency: str | None = None
    """ISO 4217; may be left out where the plan has one currency only."""
    gateway: str | None = None
    """Only this one, instead of the best by currency and country."""
    quantity: int = 1
    trial_days: int = 0
    cycles: int | None = None
    """How many renewals; Razorpay demands a number."""
    requested_by: str = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another plan, or another quantity of the same."""

    plan: str
    quantity: int | None = None
    """As many as there are by default."""
    at: ChangeAt = ChangeAt.NOW
    proration: Proration = Proration.INVOICE_NOW


@task("subscriptions.change", queue=Queue.GATEWAY, time_limit_s=45)
def change_subscriptions(ids: Sequence[UUID] = ()) -> None:
    """Ask gateways to begin or change the subscriptions that are due, these calls first.

    Safe to repeat: one change of each is open, under one key, and of a lost answer the gateway is asked.
    """
    make_calls(ids)


def start(wish: Start, *, here: bool = False) -> UUID:
    """Record what is wanted and have it begun; `here` without a worker. The id of the subscription.

    The same wish while its payer has not paid yet is the same subscription. Raises CustomerUnknown,
    PlanUnknown, NoPrice, NoGateway, AlreadySubscribed, OutOfBounds or RateLimited.
    """
    _check_number("quantity", wish.quantity, 1, QUANTITY_MAX)
    _check_number("trial_days", wish.trial_days, 0, TRIAL_DAYS_MAX)
    if wish.cycles is not None:
        _check_number("cycles", wish.cycles, 1, CYCLES_MAX)
    closed = admit(wish.customer_id)
    with transaction() as session:
        subscription_id, call_id = _record(session, wish, closed)
    crash_point("subscriptions.requested")
    _go(call_id, here=here)
    return subscription_id


def change(subscription_id: UUID, wish: Change, by: str, *, here: bool = False) -> None:
    """Have it moved to another plan. Raises NotNow, ChangeInFlight, PlanUnknown, NoPrice or OutOfBounds."""
    _ask(
        subscription_id,
        Operation.CHANGE_SUBSCRIPTION,
        lambda session, standing: _changing(session, standing, wish),
        by,
        here=here,
    )


def pause(subscription_id: UUID, by: str, *, here: bool = False) -> None:
    """Have nothing collected until it is resumed. Raises NotNow or ChangeInFlight."""
    _ask(
        subscription_id,
        Operation.PAUSE_SUBSCRIPTION,
        lambda _, standing: PauseSubscription(subscription=standing.external_id),
        by,
        here=here,
    )


def resume(subscription_id: UUID, by: str, *, here: bool = False) -> None:
    """Have it collected again. Raises NotNow or ChangeInFlight."""
    _ask(
        subscription_id,
        Operation.RESUME_SUBSCRIPTION,
        lambda _, standing: ResumeSubscription(subscription=standing.external_id),
        by,
        here=here,
    )


def cancel(subscription_id: UUID, at: ChangeAt, by: str, *, here: bool = False) -> None:
    """Have it ended, now or with what was paid for. Raises NotNow or ChangeInFlight."""
    _ask(
        subscription_id,
        Operation.CANCEL_SUBSCRIPTION,
        lambda _, standing: CancelSubscription(subscription=standing.external_id, at=at),
        by,
        here=here,
    )


def preview(subscription_id: UUID, wish: Change) -> ChangePreview:
    """What a change would cost, by the gateway's own sum; nothing is changed.

    Raises NotNow, PlanUnknown, NoPrice, OutOfBounds, GatewayRefused (unsupported) or GatewayAway.
    """
    with transaction() as session:
        standing = subscriptions.get(session, subscription_id)
        check_action(Operation.CHANGE_SUBSCRIPTION, _told(standing))
        request = _changing(session, standing, wish)
    account = standing.gateway_account
    return guarded(account, lambda: api_of(account).preview_change(request))


def _record(session: Session, wish: Start, closed: frozenset[str]) -> tuple[UUID, UUID | None]:
    """The subscription, and the call that is made first where it is new."""
    books.lock_customers(raw(session), [wish.customer_id])
    country = customers.get(session, wish.customer_id).country
    plan = plans.get(session, wish.plan)
    wanted = {"currency": wish.currency, "country": country, "gateway": wish.gateway}
    offer = choose_offer(session, plan, closed, **wanted)
    known = _find_same(session, wish, plan)
    if known is not None:
        return known, None
    subscription_id = subscriptions.insert(
        session,
        subscriptions.NewSubscription(
            customer_id=wish.customer_id,
            price_id=offer.id,
            account=offer.gateway_account,
            quantity=wish.quantity,
            trial_days=wish.trial_days,
            cycles=wish.cycles,
            requested_by=wish.requested_by,
        ),
    )
    _audit(session, subscription_id, "requested", wish.requested_by, {"plan": wish.plan})
    return subscription_id, begin(session, subscriptions.get(session, subscription_id))


def _find_same(session: Session, wish: Start, plan: Any) -> UUID | None:
    """One that still waits for the gateway or its payer. Raises AlreadySubscribed for any other."""
    for each in subscriptions.of_plan(session, wish.customer_id, plan.id):
        told = _told(each)
        if each.failure is not None or told in ENDED:
            continue
        if told is None or told in BEGUN:
            return _same(each, wish)
        if each.plan == plan.slug:
            raise AlreadySubscribed(
                f"customer {each.customer} has the plan {plan.slug} already ({each.status}): change it with "
                f"bursar subscriptions change {each.id}, or cancel it first"
            )
    return None


def _ask(
    subscription_id: UUID, operation: Operation, request_for: _RequestFor, by: str, *, here: bool
) -> None:
    """Commit to one change, where none is open and it can be, and have it made."""
    with transaction() as session:
        standing = _changeable(session, subscription_id, operation)
        request, account = request_for(session, standing), standing.gateway_account
        filed = subscriptions.subject(standing.id)
        call_id = enqueue_call(session, account, filed, request, standing.customer_id)
        _audit(session, standing.id, operation.value, by, {"account": account})
    crash_point("subscriptions.asked")
    _go(call_id, here=here)


def _same(known: Any, wish: Start) -> UUID:
    """The one that waits, where the wish is the same. Raises AlreadySubscribed."""
    wanted = (wish.quantity, wish.trial_days, wish.cycles, wish.currency or known.currency)
    elsewhere = wish.gateway not in (None, gateway_of(known.gateway_account))
    if elsewhere or (known.quantity, known.trial_days, known.cycles, known.currency) != wanted:
        raise AlreadySubscribed(
            f"customer {known.customer} has begun the plan {wish.plan} in another way, and not paid yet: let "
            f"him pay that one, or end it: bursar subscriptions cancel {known.id} --at now"
        )
    return UUID(str(known.id))


def _changeable(session: Session, subscription_id: UUID, operation: Operation) -> Row[Any]:
    """The subscription, held until the commit. Raises NotNow or ChangeInFlight."""
    standing = subscriptions.lock(session, subscription_id)
    if standing.changing is not None:
        raise ChangeInFlight(
            f"{standing.changing} of subscription {standing.id} has not ended yet: wait until "
            f"{standing.gateway_account} has answered; bursar subscriptions show {standing.id}"
        )
    check_action(operation, _told(standing))
    return standing


def _changing(session: Session, standing: Any, wish: Change) -> ChangeSubscription:
    quantity = standing.quantity if wish.quantity is None else wish.quantity
    _check_number("quantity", quantity, 1, QUANTITY_MAX)
    plan = plans.get(session, wish.plan)
    return ChangeSubscription(
        subscription=standing.external_id,
        price=price_at(session, plan.id, plan.slug, standing.currency, standing.gateway_account),
        quantity=quantity,
        at=wish.at,
        proration=wish.proration,
    )


def _go(call_id: UUID | None, *, here: bool) -> None:
    """Have the call made: by a worker, or in this process."""
    if call_id is None:
        return
    if here:
        make_calls_here([call_id])
    else:
        wake_by_name("subscriptions.change", [call_id])


def _told(standing: Any) -> SubscriptionStatus | None:
    """The gateway's last word; None while it has said nothing."""
    return None if standing.told is None else SubscriptionStatus(standing.told)


def _check_number(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise OutOfBounds(f"{name} is {value}: it must be between {least} and {most}")


def _audit(session: Session, subscription_id: UUID, verb: str, by: str, detail: Mapping[str, str]) -> None:
    audit(session, actor=by, verb=verb, subjects={subscription_id: "subscription"}, detail=detail)
