"""Payments: pages opened for them, gateways asked about them, credit applied to what is open."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from bursar.clock import utc_now
from bursar.rules.breaks import BreakKind
from models import books
from models.inbox_writes import open_break
from models.issuing import settle
from models.queries import calls
from models.queries.credit import customers_to_settle
from models.session import raw, transaction
from tasks.calls import make_calls
from tasks.charges import follow_charges
from tasks.fetches import ask_for_named_objects
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

UNKNOWN_MAX = timedelta(hours=24)
"""As long as gateways remember an idempotency key: who has not learnt it by then needs a person."""


@task("payments.create_checkout", queue=Queue.GATEWAY, time_limit_s=45)
def create_checkout(ids: Sequence[UUID] = ()) -> None:
    """Open the pages that are due, these calls first.

    Safe to repeat: each is opened under one key, and a page that is open is not opened again.
    """
    make_calls(ids)


@task("payments.charge", queue=Queue.GATEWAY, time_limit_s=45)
def charge(ids: Sequence[UUID] = ()) -> None:
    """Collect from saved ways to pay what is due, these calls first.

    Safe to repeat: one charge of an invoice is in flight, and of a lost answer the gateway is asked.
    """
    make_calls(ids)


@task("payments.confirm", queue=Queue.GATEWAY, time_limit_s=45)
def confirm(ids: Sequence[UUID] = ()) -> None:
    """Confirm payments that were begun, and fetch those that a payer's browser has proven, these calls first.

    Safe to repeat: what is fetched twice is the same object, and is credited once.
    """
    make_calls(ids)


@task("payments.refund", queue=Queue.GATEWAY, time_limit_s=45)
def refund(ids: Sequence[UUID] = ()) -> None:
    """Ask gateways for the refunds that are due, these calls first.

    Safe to repeat: a refund is asked for under one key, and of a lost answer the gateway is asked.
    """
    make_calls(ids)


@task("payments.reconcile", queue=Queue.GATEWAY, time_limit_s=45)
def reconcile(ids: Sequence[UUID] = ()) -> None:
    """Make the calls to gateways that are due, and ask for what is unknown.

    Safe to repeat: a call is made by one worker under one key, and what may have been acted on is asked for.
    """
    ask_for_named_objects()
    _report_unknown_calls()
    follow_charges()
    make_calls(ids)


@task("payments.allocate", queue=Queue.EVENTS, time_limit_s=8)
def allocate_payments(ids: Sequence[UUID] = ()) -> None:
    """Apply un-held credit to open invoices of these customers, or of all that have both.

    Safe to repeat: what is settled leaves nothing to settle. Each customer is a transaction of its own.
    """
    hint = [UUID(str(each)) for each in ids]
    with transaction() as session:
        groups = customers_to_settle(session, hint)
    for customer_id, currency in groups:
        _settle(customer_id, currency)


def _settle(customer_id: UUID, currency: str) -> None:
    """One customer's credit; what fails for one holds up no other, and the next tick tries it again."""
    try:
        with transaction() as session:
            books.lock_customers(raw(session), [customer_id])
            written = settle(session, customer_id, currency)
    except Exception as error:  # noqa: BLE001 - isolates each customer, and says so
        log.error("payments.not_settled", customer_id=str(customer_id), error=type(error).__name__)
        return
    crash_point("payments.settled")
    log.info("payments.settled", customer_id=str(customer_id), currency=currency)
    Wakes(enrollments=written.enrollments).publish()


def _report_unknown_calls() -> None:
    """Put before a person what nobody could learn for a day."""
    with transaction() as session:
        for call in calls.overdue_unknown(session, utc_now() - UNKNOWN_MAX):
            why = (
                f"nobody knows since {call.sent_at:%Y-%m-%d %H:%M} whether {call.gateway_account} acted on it"
            )
            open_break(session, BreakKind.CALL_STUCK, f"call:{call.id}", why)
