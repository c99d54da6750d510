"""Customers at gateways: one record each, made once, and the ways to pay that were saved there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from bursar.clock import utc_now
from bursar.errors import BursarError
from bursar.gateways.api.failures import GatewayAway, GatewayRefused
from bursar.gateways.api.results import PaymentMethod
from bursar.settings import load
from models import books
from models.queries import customers, erasing
from models.session import raw, transaction
from tasks.calls import make_calls
from tasks.erasure import erase
from tasks.gateways import api_of, configured_accounts
from tasks.jobs import end
from tasks.records import ask_for_record, ask_where_missing
from tasks.routing import guarded
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

ERASURE_ALARM = timedelta(days=21)
"""A third of the month that law gives is left then (GDPR art. 12(3))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAt:
    """What a customer saved at one gateway account, or why nobody can say."""

    account: str
    record: str | None
    """The gateway's id of the customer; None where it has none."""
    methods: Sequence[PaymentMethod] = ()
    problem: str | None = None


@task("customers.sync", queue=Queue.GATEWAY, time_limit_s=45)
def sync_customers(ids: Sequence[UUID] = ()) -> None:
    """Have a record of these customers at every gateway; then make the calls that are due.

    Safe to repeat: a record is asked for once per account, and who has one, or was refused, is left alone.
    """
    accounts = configured_accounts(load())
    with transaction() as session:
        asked = [
            call_id
            for customer_id in customers.known(session, [UUID(str(each)) for each in ids])
            for call_id in ask_where_missing(session, customer_id, accounts)
        ]
    crash_point("customers.asked")
    make_calls(asked)


@task("customers.erase", queue=Queue.BATCH, time_limit_s=600)
def erase_customers(ids: Sequence[UUID] = ()) -> None:
    """Forget whoever wants to be forgotten and can be: these, or all who wait. `request_erasure` comes first.

    Safe to repeat: who was erased stays erased, and who cannot be yet is tried again every night.
    """
    with transaction() as session:
        waiting = erasing.waiting(session, [UUID(str(each)) for each in ids])
    for row in waiting:
        against = erase(row.id)
        late = utc_now() - row.erasure_requested_at > ERASURE_ALARM
        if against and late:
            log.error("customers.erasure_overdue", customer_id=str(row.id), why=against)
    if not ids:
        end("customers.erase")


def request_records(customer_id: UUID, accounts: Sequence[str]) -> list[UUID]:
    """Have records made where there are none, also where one was refused before; the ids of the calls.

    Raises CustomerUnknown.
    """
    with transaction() as session:
        books.lock_customers(raw(session), [customer_id])
        missing = [
            each.gateway_account
            for each in customers.records(session, customer_id, accounts)
            if each.external_id is None
        ]
        asked = [ask_for_record(session, customer_id, account) for account in missing]
    crash_point("customers.requested")
    calls = [call_id for call_id in asked if call_id is not None]
    if calls:
        wake_by_name("customers.sync")
    return calls


def list_methods(customer_id: UUID) -> list[SavedAt]:
    """What every gateway has saved for a customer; one that is away is named and holds up no other.

    Holds no card data, and nothing of it is stored. Raises CustomerUnknown.
    """
    accounts = configured_accounts(load())
    with transaction() as session:
        customers.get(session, customer_id)
        records = customers.records(session, customer_id, accounts)
    return [_saved_at(each.gateway_account, each.external_id) for each in records]


def _saved_at(account: str, record: str | None) -> SavedAt:
    if record is None:
        return SavedAt(account=account, record=None)
    try:
        methods = guarded(account, lambda: api_of(account).list_payment_methods(record))
    except (GatewayAway, GatewayRefused) as error:
        return SavedAt(account=account, record=record, problem=str(error.failure))
    except BursarError as error:  # credentials of one gateway are no reason to be silent about the others
        log.warning("customers.methods_unreadable", account=account, error=type(error).__name__)
        return SavedAt(account=account, record=record, problem=str(error))
    return SavedAt(account=account, record=record, methods=methods)
