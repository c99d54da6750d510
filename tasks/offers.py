"""Which gateway's price a plan is sold at: by currency and country, as payments choose their gateway."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.routing import NoGateway, gateway_of
from bursar.settings import load
from models.queries import plans
from tasks.gateways import configured_accounts
from tasks.routing import accounts_for


class NoPrice(Refused):
    """No gateway id is known for the plan in this currency at this gateway."""


def choose_offer(
    session: Session,
    plan: Any,
    closed: frozenset[str],
    *,
    currency: str | None,
    country: str | None,
    gateway: str | None,
) -> Row[Any]:
    """The price a new subscription gets, at the best gateway that has one. Raises NoPrice or NoGateway.

    `closed`: accounts that are not worth asking now.
    """
    accounts = configured_accounts(load())
    if gateway is not None:
        accounts = [account for account in accounts if gateway_of(account) == gateway]
        if not accounts:
            raise NoGateway(f"{gateway} is not configured here: bursar gateways list says what is missing")
    prices = [each for each in plans.prices_of(session, plan.id) if each.gateway_account in accounts]
    currency = currency or _only_currency(plan.slug, prices)
    offered = {each.gateway_account: each for each in prices if each.currency == currency}
    if not offered:
        raise NoPrice(_why_none(plan.slug, currency, [gateway_of(account) for account in accounts]))
    order = accounts_for(currency, country, closed)
    return offered[next((account for account in order if account in offered), min(offered))]


def price_at(session: Session, plan_id: UUID, slug: str, currency: str, account: str) -> str:
    """The gateway's id of a plan that a running subscription may move to. Raises NoPrice."""
    for each in plans.prices_of(session, plan_id):
        if (each.currency, each.gateway_account) == (currency, account):
            return str(each.external_id)
    raise NoPrice(_why_none(slug, currency, [gateway_of(account)]))


def _only_currency(slug: str, prices: Sequence[Any]) -> str:
    found = sorted({each.currency for each in prices})
    if len(found) == 1:
        return str(found[0])
    has = f"has prices in {', '.join(found)}: name one" if found else "has no price at a configured gateway"
    raise NoPrice(f"plan {slug} {has}; bursar plans list shows them, bursar plans map {slug} adds one")


def _why_none(slug: str, currency: str, gateways: Sequence[str]) -> str:
    where = " or ".join(gateways) or "any configured gateway"
    return (
        f"plan {slug} has no {currency} price at {where}: make one in the gateway's dashboard, then "
        f"bursar plans map {slug} --currency {currency} --gateway NAME --price ID"
    )
