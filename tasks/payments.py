"""Payments after they were applied: credit finds what is open."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from models import books
from models.issuing import settle
from models.queries.credit import customers_to_settle
from models.session import raw, transaction
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)


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
