"""Steps that stories are made of: events told and applied, queues worked off, everything compared."""

import itertools
from collections.abc import Callable, Sequence
from uuid import UUID

import redis

from bursar.sandbox.samples import stripe_event
from models.queries import invariants
from models.session import transaction
from models.tables import METADATA
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.enrollments import unlock_enrollments
from tasks.events import apply_events
from tests.support.factories import execute, rows, store_event, value

_numbers = itertools.count(1)


def paid(
    amount_minor: int = 1000_00, *, payment: str | None = None, currency: str = "INR", **metadata: object
):
    """Stripe says that a payment succeeded; its metadata names what the keywords say."""
    return stripe_event(
        "payment_intent.succeeded",
        payment=payment or f"pi_{next(_numbers)}",
        amount_minor=amount_minor,
        currency=currency,
        metadata={key: str(each) for key, each in metadata.items()},
    )


def refunded(payment: str, refund_minor: int, event: str = "refund.updated", **story: object) -> bytes:
    """Stripe says that some of a payment went back."""
    named = {"currency": "INR", "payment": payment, "refund_minor": refund_minor, **story}
    return stripe_event(event, **named)


def tell(*bodies: bytes, gateway: str = "stripe", mode: str = "test") -> list[UUID]:
    """Store events as the receiver does, then apply whatever is due."""
    ids = [store_event(body, gateway=gateway, mode=mode) for body in bodies]
    apply_events(ids=ids)
    return ids


def work_off() -> None:
    """Everything that follows from applied events; a mail is due once its document is done."""
    for task, table in (
        (unlock_enrollments, "enrollments"),
        (render_documents, "documents"),
        (send_emails, "emails"),
    ):
        task()
        while value(f"SELECT count(*) FROM {table} WHERE state = 'pending' AND not_before <= now()"):
            task()  # it stops after a while, however slow this machine is


def hurry(table: str) -> int:
    """What backs off is due now."""
    return execute(
        f"UPDATE {table} SET not_before = now() WHERE state = 'pending' AND not_before < 'infinity'"
    )


def snapshot(tables: Sequence[str] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as text."""
    return {name: rows(f'SELECT t::text FROM "{name}" t ORDER BY 1') for name in tables or METADATA.tables}


def twice(task: Callable[[], object]) -> None:
    """Run a task; running it once more must change nothing at all."""
    task()
    once = snapshot()

    task()

    assert snapshot() == once


def broken(grace_s: float = invariants.GRACE_S) -> list[str]:
    """The names of the invariants that do not hold."""
    with transaction() as session:
        return [found.name for found in invariants.check(session, grace_s=grace_s) if found.rows]


def payment_sums(gateway_payment_id: str) -> tuple[object, ...]:
    """(status, credit, unidentified, suspense, refunded) of a payment."""
    [found] = rows(
        """SELECT status, credit_minor, unidentified_minor, suspense_minor, refunded_minor FROM payments
           WHERE gateway_payment_id = %s""",
        gateway_payment_id,
    )
    return found


def invoice_sums(invoice_id: UUID) -> tuple[object, ...]:
    """(paid, refunded) of an invoice."""
    [found] = rows("SELECT paid_minor, refunded_minor FROM invoices WHERE id = %s", invoice_id)
    return found


def open_breaks() -> list[object]:
    """The kinds of what waits for a person."""
    return [kind for (kind,) in rows("SELECT kind FROM breaks WHERE resolved_at IS NULL ORDER BY kind")]


def states(table: str) -> list[object]:
    """The states of all rows of a kind of work."""
    return [state for (state,) in rows(f"SELECT state FROM {table} ORDER BY state, id")]


def waiting(broker_url: str, queue: str) -> int:
    """Messages in a queue."""
    with redis.Redis.from_url(broker_url) as client:
        return client.llen(f"bursar:{queue}")
