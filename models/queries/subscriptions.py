"""Subscriptions as rows: what was asked for, beside what the gateway last said. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.calling import Operation
from models.queries.inbox import uuid_or_none

_OPERATIONS = [
    each.value
    for each in (
        Operation.CREATE_SUBSCRIPTION,
        Operation.CHANGE_SUBSCRIPTION,
        Operation.PAUSE_SUBSCRIPTION,
        Operation.RESUME_SUBSCRIPTION,
        Operation.CANCEL_SUBSCRIPTION,
    )
]
_CALLS = "operation = ANY(:operations) AND subject = 'subscription:' || s.id"
_TOLD = "kind = 'subscription' AND gateway_account = s.gateway_account AND external_id = s.external_id"
_SUBSCRIPTION = f"""
SELECT s.id, s.customer_id, c.external_ref AS customer, c.country, b.slug AS begun_with, r.currency,
  r.external_id AS price, s.gateway_account, s.external_id, s.quantity, s.trial_days, s.cycles, s.approval_url,
  s.client_secret, s.failure, s.requested_by, s.created_at, g.status AS told,
  coalesce(g.status, CASE WHEN s.failure IS NULL THEN 'requested' ELSE 'failed' END) AS status,
  coalesce((SELECT p.slug FROM prices q JOIN plans p ON p.id = q.plan_id
    WHERE q.gateway_account = s.gateway_account AND q.external_id = g.data -> 'plans' ->> 0 LIMIT 1),
    g.data -> 'plans' ->> 0) AS plan,
  g.data ->> 'period_end' AS period_end, g.data ->> 'trial_end' AS trial_end,
  (g.data ->> 'cancel_at_period_end')::boolean AS cancel_at_period_end, g.occurred_at AS told_at,
  o.operation AS changing, l.operation AS last_change, l.outcome AS last_outcome, l.error AS last_error
FROM subscriptions s JOIN customers c ON c.id = s.customer_id JOIN prices r ON r.id = s.price_id
JOIN plans b ON b.id = r.plan_id
LEFT JOIN LATERAL (SELECT status, data, occurred_at FROM gateway_objects WHERE {_TOLD}) g ON true
LEFT JOIN LATERAL (SELECT operation FROM gateway_calls WHERE {_CALLS} AND state IN ('pending', 'running')
  ORDER BY created_at LIMIT 1) o ON true
LEFT JOIN LATERAL (SELECT operation, outcome, error FROM gateway_calls WHERE {_CALLS}
  ORDER BY created_at DESC LIMIT 1) l ON true
"""
_INSERT = """
INSERT INTO subscriptions (id, customer_id, price_id, gateway_account, quantity, trial_days, cycles, requested_by)
VALUES (:id, :customer_id, :price_id, :account, :quantity, :trial_days, :cycles, :requested_by)
"""


class SubscriptionUnknown(Refused):
    """No subscription has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """A subscription to be begun."""

    customer_id: UUID
    price_id: UUID
    account: str
    quantity: int
    trial_days: int
    cycles: int | None
    requested_by: str


def insert(session: Session, new: NewSubscription) -> UUID:
    """Record what is wanted, before the gateway is asked."""
    subscription_id = new_id()
    session.execute(
        text(_INSERT),
        {
            "id": subscription_id,
            "customer_id": new.customer_id,
            "price_id": new.price_id,
            "account": new.account,
            "quantity": new.quantity,
            "trial_days": new.trial_days,
            "cycles": new.cycles,
            "requested_by": new.requested_by,
        },
    )
    return subscription_id


def get(session: Session, ref: UUID | str) -> Row[Any]:
    """By our id or the gateway's, as it stands. Raises SubscriptionUnknown."""
    if isinstance(ref, UUID):
        found = _select(session, "WHERE s.id = :id", id=ref)
    else:
        meant = {"id": uuid_or_none(ref), "ref": ref}
        found = _select(session, "WHERE s.id = :id OR s.external_id = :ref LIMIT 1", **meant)
    if not found:
        raise SubscriptionUnknown(f"no subscription has the id {ref}; bursar subscriptions list shows them")
    return found[0]


def lock(session: Session, subscription_id: UUID) -> Row[Any]:
    """As it stands, held against another change until the transaction ends. Raises SubscriptionUnknown."""
    statement = "SELECT FROM subscriptions WHERE id = :id FOR NO KEY UPDATE"
    session.execute(text(statement), {"id": subscription_id})
    return get(session, subscription_id)


def find(session: Session, *, customer: str | None, status: str | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first; of one customer or status, or all."""
    where = "WHERE CAST(:customer AS text) IS NULL OR c.external_ref = :customer"
    statement = f"""SELECT * FROM ({_SUBSCRIPTION} {where}) s
      WHERE CAST(:status AS text) IS NULL OR status = :status ORDER BY created_at DESC, id LIMIT :limit"""
    parameters = {"customer": customer, "status": status, "limit": limit, "operations": _OPERATIONS}
    return session.execute(text(statement), parameters).all()


def of_customer(session: Session, customer_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """All that a customer ever asked for, the oldest first."""
    order = "WHERE s.customer_id = :customer_id ORDER BY s.created_at, s.id LIMIT :limit"
    return _select(session, order, customer_id=customer_id, limit=limit)


def of_plan(session: Session, customer_id: UUID, plan_id: UUID) -> Sequence[Row[Any]]:
    """A customer's subscriptions that were begun with a plan, the newest first."""
    order = "WHERE s.customer_id = :customer_id AND b.id = :plan_id ORDER BY s.created_at DESC, s.id"
    return _select(session, order, customer_id=customer_id, plan_id=plan_id)


def waiting_for_record(session: Session, customer_id: UUID | None, account: str) -> Sequence[Row[Any]]:
    """Those that could not be begun before the gateway had a record of their customer."""
    where = """WHERE s.customer_id = :customer_id AND s.gateway_account = :account AND s.external_id IS NULL
      AND s.failure IS NULL AND l.operation IS NULL ORDER BY s.id"""
    return _select(session, where, customer_id=customer_id, account=account)


def begun(
    session: Session,
    subscription_id: UUID,
    *,
    external_id: str,
    approval_url: str | None,
    client_secret: str | None,
) -> None:
    """The gateway made it. Its word of a moment ago may have come first."""
    statement = """UPDATE subscriptions SET external_id = :external_id, approval_url = :approval_url,
      client_secret = :client_secret, failure = NULL WHERE id = :id"""
    parameters = {
        "id": subscription_id,
        "external_id": external_id,
        "approval_url": approval_url,
        "client_secret": client_secret,
    }
    session.execute(text(statement), parameters)


def changed(session: Session, subscription_id: UUID, *, quantity: int, approval_url: str | None) -> None:
    """The gateway agreed to a change; with an address it waits there for its payer."""
    statement = "UPDATE subscriptions SET quantity = :quantity, approval_url = :approval_url WHERE id = :id"
    parameters = {"id": subscription_id, "quantity": quantity, "approval_url": approval_url}
    session.execute(text(statement), parameters)


def failed(session: Session, subscription_id: UUID, why: str) -> None:
    """It was never begun."""
    statement = "UPDATE subscriptions SET failure = :why WHERE id = :id AND external_id IS NULL"
    session.execute(text(statement), {"id": subscription_id, "why": why})


def subject(subscription_id: UUID) -> str:
    """What calls about a subscription are filed under."""
    return f"subscription:{subscription_id}"


def _select(session: Session, rest: str, **parameters: object) -> Sequence[Row[Any]]:
    return session.execute(text(f"{_SUBSCRIPTION} {rest}"), {**parameters, "operations": _OPERATIONS}).all()
