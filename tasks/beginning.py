"""Begin a subscription at its gateway, once the gateway has a record of the customer or keeps none."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.gateways.api.requests import CreateSubscription, Purpose
from bursar.settings import load
from models import books
from models.queries import checkouts, customers, subscriptions
from models.session import raw
from tasks.asking import enqueue_call
from tasks.records import ask_where_missing


def begin(session: Session, wanted: Any) -> UUID | None:
    """The call that comes first: for the customer's record where it may be had, else for the subscription.

    None while a record is being made: its answer goes on from there.
    """
    record = checkouts.gateway_customer(session, wanted.customer_id, wanted.gateway_account)
    if record is None:
        asked = ask_where_missing(session, wanted.customer_id, [wanted.gateway_account])
        if asked:
            return asked[0]
        [standing] = customers.records(session, wanted.customer_id, [wanted.gateway_account])
        if standing.state in ("pending", "running"):
            return customers.hurry_record(session, wanted.customer_id, wanted.gateway_account)
    return _create(session, wanted, record)


def begin_waiting(session: Session, customer_id: UUID | None, account: str) -> list[UUID]:
    """The calls for whatever waited for the customer's record, whether there is one now or will be none.

    A gateway that cannot do without says so itself.
    """
    waiting = _waiting(session, customer_id, account)
    record = checkouts.gateway_customer(session, customer_id, account)
    calls = [_create(session, wanted, record) for wanted in waiting]
    return [call_id for call_id in calls if call_id is not None]


def fail_waiting(session: Session, customer_id: UUID | None, account: str, why: str) -> None:
    """Nobody waits any longer for a gateway that does not answer."""
    for wanted in _waiting(session, customer_id, account):
        subscriptions.failed(session, wanted.id, why)


def _waiting(session: Session, customer_id: UUID | None, account: str) -> Sequence[Row[Any]]:
    """Those that wait for a record. Whoever subscribes holds the customer while he looks for one, and so do
    we: one of us sees what the other wrote, and none waits for ever.
    """
    books.lock_customers(raw(session), [] if customer_id is None else [customer_id])
    return subscriptions.waiting_for_record(session, customer_id, account)


def _create(session: Session, wanted: Any, record: str | None) -> UUID | None:
    request = CreateSubscription(
        subscription=str(wanted.id),
        purpose=Purpose(customer=wanted.customer),
        customer=record,
        price=wanted.price,
        quantity=wanted.quantity,
        trial_days=wanted.trial_days,
        cycles=wanted.cycles,
        return_url=load().return_url,
    )
    filed = subscriptions.subject(wanted.id)
    return enqueue_call(session, wanted.gateway_account, filed, request, wanted.customer_id)
