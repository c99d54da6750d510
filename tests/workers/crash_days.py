"""Days in the life of a worker, each passing its points at least twice; run in processes that die there.

A forkserver with everything imported gives every point a real process of its own in 50 ms, not a second.
"""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from bursar import settings
from bursar.sandbox.samples import stripe_event
from models import session
from tasks import events
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.enrollments import unlock_enrollments
from tasks.events import apply_events
from tasks.maintenance import retain, seal, sweep, tick
from tasks.payments import allocate_payments
from tests.support.factories import execute, store_event, tamper, value
from tests.tasks.steps import hurry, paid
from tests.workers.calling_days import asking
from tests.workers.collecting_days import collecting
from tests.workers.comparing_days import comparing
from tests.workers.dunning_days import dunning
from tests.workers.forgetting_days import forgetting
from tests.workers.issuing_days import issuing
from tests.workers.keeping_days import keeping
from tests.workers.subscribing_days import subscribing
from tests.workers.telling_days import telling
from workers import crashpoints

POISON = "pi_poison"
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["pytest", __name__])


def die_at(point: str, hit: int, day: str, invoices: Sequence[UUID], environment: dict[str, str]) -> int:
    """Run a day in a process of its own that kills itself there; how it ended."""
    armed = {**environment, crashpoints.POINT_VARIABLE: point, crashpoints.HIT_VARIABLE: str(hit)}
    worker = SERVER.Process(target=_live, args=(day, list(invoices), armed))
    worker.start()
    worker.join(60)
    assert worker.exitcode is not None
    return worker.exitcode


def _live(day: str, invoices: Sequence[UUID], environment: dict[str, str]) -> None:
    os.setsid()  # it kills its whole group, and nobody else belongs to it
    for name in [name for name in os.environ if name.startswith("BURSAR_")]:
        del os.environ[name]
    os.environ.update(environment)
    settings.load.cache_clear()
    session.bind(environment["BURSAR_DATABASE_URL"])
    DAYS[day](invoices)


def work_everything() -> None:
    """Whatever is due, kind by kind, and what beat starts."""
    apply_events()
    unlock_enrollments()
    render_documents()
    send_emails()
    allocate_payments()
    sweep()
    tick()
    seal()
    retain(whole=True)


def ordinary(invoices: Sequence[UUID]) -> None:
    """One payment after the other, with all that follows."""
    for n, invoice in enumerate(invoices):
        store_event(paid_for(invoice, n))
        work_everything()


def unreadable(invoices: Sequence[UUID]) -> None:
    """Each payment arrives beside an event that cannot be read."""
    for n, invoice in enumerate(invoices):
        odd = stripe_event("payment_intent.succeeded", payment=f"pi_odd{n}", amount_minor=1)
        store_event(odd.replace(b'"succeeded"', b'"processing"', 1))
        store_event(paid_for(invoice, n))
        apply_events()


def poisoned(invoices: Sequence[UUID]) -> None:
    """Each payment arrives beside one that meets a constraint: the batch is halved."""
    store_event(paid(1, payment=POISON))
    for n, invoice in enumerate(invoices):
        store_event(paid_for(invoice, n))
        hurry("gateway_events")
        apply_events()


def overtime(invoices: Sequence[UUID]) -> None:
    """Time is up after every claim, and every event has already killed two workers."""
    events.DRAIN_S = -1e-9
    for n, invoice in enumerate(invoices):
        store_event(paid_for(invoice, n))
        store_event(stripe_event("charge.succeeded", payment=f"pi_{n}", currency="INR", amount_minor=1000_00))
        execute("UPDATE gateway_events SET crashes = 2 WHERE type = 'charge.succeeded' AND state = 'pending'")
        apply_events()


def settling(invoices: Sequence[UUID]) -> None:
    """Two customers have credit beside an open invoice."""
    assert len(invoices) == 2
    allocate_payments()


def without_a_payer(invoices: Sequence[UUID]) -> None:
    """Whose money it is has been lost when its receipt is to be made."""
    for n, invoice in enumerate(invoices):
        store_event(paid_for(invoice, n))
        apply_events()
        tamper("UPDATE payments SET customer_id = NULL")
        render_documents()


def without_a_mail_server(invoices: Sequence[UUID]) -> None:
    """No mail can be handed over now."""
    _block("outbox")
    for n, invoice in enumerate(invoices):
        store_event(paid_for(invoice, n))
        work_everything()


DAYS: dict[str, Callable[[Sequence[UUID]], None]] = {
    day.__name__: day
    for day in (
        ordinary,
        unreadable,
        poisoned,
        overtime,
        settling,
        without_a_payer,
        without_a_mail_server,
        asking,
        subscribing,
        issuing,
        comparing,
        collecting,
        dunning,
        telling,
        keeping,
        forgetting,
    )
}


def paid_for(invoice: UUID, n: int) -> bytes:
    """The event of the n-th payment."""
    return paid(1000_00, payment=f"pi_{n}", invoice=invoice)


def recover(invoices: Sequence[UUID], *, told: bool) -> None:
    """The gateway tells again what was not answered, troubles end, leases run out, other workers go on."""
    _unblock("outbox")
    tamper(
        """UPDATE payments p SET customer_id = i.customer_id FROM invoices i
           WHERE i.id = p.invoice_id AND p.customer_id IS NULL"""
    )
    execute("DELETE FROM payments WHERE gateway_payment_id = %s AND status = 'created'", POISON)
    for n, invoice in enumerate(invoices):
        if told:
            store_event(paid_for(invoice, n))
    for _ in range(10):
        for table in ("gateway_events", "enrollments", "documents", "emails"):
            execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        for table in ("gateway_events", "enrollments", "documents", "emails"):
            hurry(table)
        work_everything()
        if not value(_DUE):
            return


_DUE = " + ".join(
    f"(SELECT count(*) FROM {table} WHERE state IN ('pending', 'running'))"
    for table in ("gateway_events", "enrollments", "documents", "emails")
).join(("SELECT ", ""))


def _block(name: str) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    shutil.rmtree(_folder() / name, ignore_errors=True)
    (_folder() / name).touch()


def _unblock(name: str) -> None:
    if (_folder() / name).is_file():
        (_folder() / name).unlink()


def _folder() -> Path:
    return settings.load().var
