"""Limits of plans and what was used of them. Decides nothing."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.limits import GRANTING, Limit, LimitPer

_LIMITS = """
SELECT DISTINCT p.slug AS plan, l.name, l.maximum, l.per,
  CAST(g.data ->> 'period_start' AS timestamptz) AS period_start,
  CAST(g.data ->> 'period_end' AS timestamptz) AS period_end
FROM subscriptions s
JOIN gateway_objects g ON g.kind = 'subscription' AND g.gateway_account = s.gateway_account
  AND g.external_id = s.external_id AND g.status = ANY(:granting)
JOIN prices r ON r.gateway_account = s.gateway_account AND r.external_id = g.data -> 'plans' ->> 0
JOIN plans p ON p.id = r.plan_id JOIN plan_limits l ON l.plan_id = p.id
WHERE s.customer_id = :customer_id AND (CAST(:name AS text) IS NULL OR l.name = :name)
ORDER BY l.name, p.slug
"""
_SET = """
INSERT INTO plan_limits (plan_id, name, maximum, per) VALUES (:plan_id, :name, :maximum, :per)
ON CONFLICT (plan_id, name) DO UPDATE SET maximum = excluded.maximum, per = excluded.per
"""
_ACT = """
INSERT INTO usage_acts (customer_id, key, name, "window", amount) VALUES (:customer_id, :key, :name, :window, :amount)
ON CONFLICT (customer_id, key) DO NOTHING RETURNING key
"""
_TAKE = """
INSERT INTO usages AS u (customer_id, name, "window", used) VALUES (:customer_id, :name, :window, :amount)
ON CONFLICT (customer_id, name, "window") DO UPDATE SET used = u.used + excluded.used RETURNING used
"""
_GIVE_BACK = """
UPDATE usages SET used = used + :amount
WHERE customer_id = :customer_id AND name = :name AND "window" = :window AND used + :amount >= 0 RETURNING used
"""


class KeyReused(Refused):
    """The key stands for another use."""


def set_limit(session: Session, plan_id: UUID, name: str, maximum: int | None, per: LimitPer) -> None:
    """Say what a plan allows; again to change it."""
    values = {"plan_id": plan_id, "name": name, "maximum": maximum, "per": per.value}
    session.execute(text(_SET), values)


def remove_limit(session: Session, plan_id: UUID, name: str) -> bool:
    """Forget a limit; what was counted stays. False when there is none."""
    statement = "DELETE FROM plan_limits WHERE plan_id = :plan_id AND name = :name RETURNING name"
    return session.scalar(text(statement), {"plan_id": plan_id, "name": name}) is not None


def limits_of_customer(session: Session, customer_id: UUID, name: str | None = None) -> list[Limit]:
    """What the customer's running subscriptions allow; of this name, or all."""
    parameters = {
        "customer_id": customer_id,
        "name": name,
        "granting": sorted(each.value for each in GRANTING),
    }
    return [
        Limit(
            plan=row.plan,
            name=row.name,
            maximum=row.maximum,
            per=LimitPer(row.per),
            period_start=row.period_start,
            period_end=row.period_end,
        )
        for row in session.execute(text(_LIMITS), parameters)
    ]


def limits_of_plan(session: Session, plan_id: UUID) -> Sequence[tuple[str, int | None, str]]:
    """Name, maximum and when it is counted anew."""
    statement = "SELECT name, maximum, per FROM plan_limits WHERE plan_id = :plan_id ORDER BY name"
    return [(row[0], row[1], row[2]) for row in session.execute(text(statement), {"plan_id": plan_id})]


def used(session: Session, customer_id: UUID, limit: Limit) -> int:
    """How many were used in the limit's window."""
    statement = """SELECT used FROM usages
      WHERE customer_id = :customer_id AND name = :name AND "window" = :window"""
    return session.scalar(text(statement), _of(customer_id, limit)) or 0


class Counted(NamedTuple):
    """What came of a use or a return."""

    total: int | None
    """Used now; None when more would have been given back than was taken."""
    again: bool
    """The key was counted before: nothing changed."""


def count(session: Session, customer_id: UUID, limit: Limit, amount: int, key: str) -> Counted:
    """Count a use, or with a negative amount a return. Raises KeyReused when the key stood for another."""
    values = {**_of(customer_id, limit), "amount": amount, "key": key}
    if session.scalar(text(_ACT), values) is None:
        _refuse_another_use(session, values)
        return Counted(used(session, customer_id, limit), again=True)
    total = session.scalar(text(_TAKE if amount > 0 else _GIVE_BACK), values)
    return Counted(total, again=False)


def _refuse_another_use(session: Session, values: dict[str, object]) -> None:
    statement = "SELECT name, amount FROM usage_acts WHERE customer_id = :customer_id AND key = :key"
    found = session.execute(text(statement), values).one()
    if (found.name, found.amount) != (values["name"], values["amount"]):
        raise KeyReused(f"key {values['key']!r} stands for {found.amount} {found.name}: use another one")


def _of(customer_id: UUID, limit: Limit) -> dict[str, object]:
    return {"customer_id": customer_id, "name": limit.name, "window": limit.window}
