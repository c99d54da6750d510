"""Plans and what gateways call them: added, mapped, listed, found by currency. Decides nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.subscriptions import PlanInterval


class PlanUnknown(Refused):
    """No plan has this name."""


class PlanExists(Refused):
    """A plan has this name already."""


class PriceTaken(Refused):
    """The gateway's id stands for another plan."""


def add(session: Session, slug: str, title: str, interval: PlanInterval) -> UUID:
    """A new plan. Raises PlanExists."""
    plan_id = new_id()
    statement = """INSERT INTO plans (id, slug, title, interval) VALUES (:id, :slug, :title, :interval)
      ON CONFLICT (slug) DO NOTHING RETURNING id"""
    values = {"id": plan_id, "slug": slug, "title": title, "interval": interval.value}
    if session.scalar(text(statement), values) is None:
        raise PlanExists(f"a plan {slug!r} is there already; map its prices: bursar plans map {slug}")
    return plan_id


def get(session: Session, slug: str) -> Row[Any]:
    """A plan by its slug. Raises PlanUnknown."""
    statement = "SELECT id, slug, title, interval FROM plans WHERE slug = :slug"
    found = session.execute(text(statement), {"slug": slug}).one_or_none()
    if found is None:
        raise PlanUnknown(
            f"no plan is called {slug!r}: bursar plans list shows them, bursar plans add adds one"
        )
    return found


def map_price(session: Session, plan_id: UUID, currency: str, account: str, external_id: str) -> None:
    """Say what a gateway calls the plan in a currency; the same again is no error. Raises PriceTaken."""
    # Two desks at once: without it each would find the id free and give it to a plan of its own.
    session.execute(text("LOCK TABLE prices IN SHARE ROW EXCLUSIVE MODE"))
    taken = session.scalar(
        text(
            """SELECT p.slug FROM prices r JOIN plans p ON p.id = r.plan_id
               WHERE r.gateway_account = :account AND r.external_id = :external_id AND r.plan_id <> :plan_id LIMIT 1"""
        ),
        {"account": account, "external_id": external_id, "plan_id": plan_id},
    )
    if taken is not None:
        raise PriceTaken(f"{external_id} at {account} is the plan {taken} already: one id is one plan")
    session.execute(
        text(
            """INSERT INTO prices (id, plan_id, currency, gateway_account, external_id)
               VALUES (:id, :plan_id, :currency, :account, :external_id) ON CONFLICT DO NOTHING"""
        ),
        {
            "id": new_id(),
            "plan_id": plan_id,
            "currency": currency,
            "account": account,
            "external_id": external_id,
        },
    )


def prices_of(session: Session, plan_id: UUID) -> Sequence[Row[Any]]:
    """What new subscriptions get: the newest price of each currency and account."""
    statement = """SELECT DISTINCT ON (currency, gateway_account) id, currency, gateway_account, external_id
      FROM prices WHERE plan_id = :plan_id ORDER BY currency, gateway_account, created_at DESC, id DESC"""
    return session.execute(text(statement), {"plan_id": plan_id}).all()


def find(session: Session) -> Sequence[Row[Any]]:
    """Every plan with every price; a plan without one has a row of its own."""
    statement = """SELECT p.slug, p.title, p.interval, r.currency, r.gateway_account, r.external_id,
        r.id = first_value(r.id) OVER (PARTITION BY p.id, r.currency, r.gateway_account
          ORDER BY r.created_at DESC, r.id DESC) AS offered
      FROM plans p LEFT JOIN prices r ON r.plan_id = p.id
      ORDER BY p.slug, r.currency, r.gateway_account, r.created_at DESC, r.id DESC"""
    return session.execute(text(statement)).all()
