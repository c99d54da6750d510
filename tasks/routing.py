"""Which gateway to ask, with what is configured and how each has answered lately."""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.health.breaker import Breaker
from bursar.gateways.health.buckets import Buckets, RateLimited
from bursar.gateways.health.connection import shared_redis
from bursar.rules.routing import NoGateway, choose, parse_order
from bursar.settings import load
from models.queries import calls
from tasks.gateways import configured_accounts

_Answer = TypeVar("_Answer")


@cache
def breaker() -> Breaker:
    """The circuits, as this process sees them."""
    return Breaker(shared_redis(load()))


@cache
def buckets() -> Buckets:
    """How often gateways may be asked, and customers may ask."""
    settings = load()
    return Buckets(shared_redis(settings), settings.customer_requests_per_min)


def guarded(account: str, asked: Callable[[], _Answer]) -> _Answer:
    """Within what the gateway allows, and not while its circuit is open: then it was not asked at all."""
    try:
        buckets().admit_request(account)
    except RateLimited as limited:
        failure = Failure(
            code=FailureCode.RATE_LIMITED, message=str(limited), retry_after_s=limited.retry_after_s
        )
        raise GatewayAway(failure) from None
    with breaker().guard(account):
        return asked()


def admit(customer_id: UUID) -> frozenset[str]:
    """Before the transaction in which a customer has a gateway asked: the accounts not worth asking now.

    Asks Redis, which no transaction may wait for. Raises RateLimited.
    """
    buckets().admit_customer(customer_id)
    return breaker().open_among(configured_accounts(load()))


def accounts_for(
    currency: str, country: str | None, closed: Collection[str], tried: Collection[str] = ()
) -> Sequence[str]:
    """Accounts to ask, best first; never empty. Raises NoGateway saying why none is left."""
    settings = load()
    accounts = configured_accounts(settings)
    known = {account.partition(":")[0] for account in accounts} | {"stripe", "razorpay", "paypal"}
    return choose(
        accounts,
        currency=currency,
        country=country,
        order=parse_order(settings.gateway_order or "", known),
        closed=closed,
        tried=tried,
    )


def next_account(session: Session, checkout: Any) -> str | None:
    """Where to ask after those that were asked for this checkout; None when none is left."""
    asked = {row.gateway_account for row in calls.calls_of(session, f"checkout:{checkout.id}")}
    try:
        return accounts_for(checkout.currency, checkout.country, (), asked)[0]  # its own circuit will say
    except NoGateway:
        return None
