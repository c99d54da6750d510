"""Which gateway to ask, with what is configured and how each has answered lately."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from bursar.clock import utc_now
from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.health.breaker import Breaker
from bursar.gateways.health.buckets import Buckets, RateLimited
from bursar.gateways.health.connection import shared_redis
from bursar.rules.routing import NoGateway, choose, parse_order
from bursar.settings import load
from tasks.gateways import configured_accounts
from tasks.patience import wait_s

_Answer = TypeVar("_Answer")


class Following(NamedTuple):
    """Where to ask next, and in how many seconds."""

    account: str
    after_s: float


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


def next_account(checkout: Any, asked: Sequence[Any]) -> Following | None:
    """Where a checkout is asked for after its calls so far: at each gateway once; then, while somebody waits,
    at each again. One that still has a call open is not asked beside it. None when nowhere is left.
    """
    tried = {row.gateway_account for row in asked}
    fresh = _accounts_of(checkout, tried)
    if fresh:
        return Following(fresh[0], 0.0)
    free = _accounts_of(checkout, {row.gateway_account for row in asked if row.open})
    after_s = wait_s(len(asked) // len(tried), None)
    wanted = (
        checkout.wanted_until is not None and utc_now() + timedelta(seconds=after_s) < checkout.wanted_until
    )
    return Following(free[0], after_s) if free and wanted else None


def _accounts_of(checkout: Any, tried: Collection[str]) -> Sequence[str]:
    """Accounts that may be asked for it but for these, best first: their own circuits will say."""
    if checkout.pinned:
        return [account for account in (checkout.gateway_account,) if account not in tried]
    try:
        return accounts_for(checkout.currency, checkout.country, (), tried)
    except NoGateway:
        return []
