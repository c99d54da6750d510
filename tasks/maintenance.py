"""Keep everything moving: sweep what is due, start the periodic jobs, check the invariants."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog

from bursar.clock import utc_now
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.reconciling import RunKind
from bursar.settings import load
from models.inbox_writes import open_break
from models.kinds import EMAILS
from models.queries import invariants, mails, receipts, ticks, watermarks
from models.session import allow_long_reads, transaction
from models.work import Claim
from tasks.anew import ask_for_refunds
from tasks.emails import settle_unknown
from tasks.gateways import configured_accounts
from tasks.reconciliation import start_runs
from tasks.wakes import Wakes
from workers import sweeper
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)


@task("maintenance.sweep", queue=Queue.CONTROL, time_limit_s=30)
def sweep(ids: Sequence[UUID] = ()) -> None:  # noqa: ARG001 - every task can be woken with ids
    """Wake what is due and take back what dead workers held. Safe to repeat: it only finds what is there."""
    _settle_lost_mails()
    crash_point("maintenance.settled")
    for swept in sweeper.sweep():
        for _ in range(swept.wakes):
            wake_by_name(swept.kind.task)
        if swept.expired or swept.due:
            log.info(
                "maintenance.swept",
                kind=swept.kind.table,
                expired=swept.expired,
                died=swept.died,
                due=swept.due,
            )
    _release_stranded_mails()


@task("maintenance.tick", queue=Queue.CONTROL, time_limit_s=30)
def tick(ids: Sequence[UUID] = ()) -> None:  # noqa: ARG001 - every task can be woken with ids
    """Start the periodic jobs whose window has come. Safe to repeat: (job, window) is unique."""
    now = utc_now()
    for name, job in JOBS.items():
        with transaction() as session:
            first = ticks.first_in_window(session, name, ticks.window_of(now, job.every_s))
        crash_point("maintenance.ticked")
        if first:
            job.run()


@task("maintenance.check", queue=Queue.BATCH, time_limit_s=600)
def check(ids: Sequence[UUID] = ()) -> None:  # noqa: ARG001 - every task can be woken with ids
    """Run every invariant and shout about the broken ones. Reads only."""
    with transaction() as session:
        allow_long_reads(session)
        broken = [found for found in invariants.check(session) if found.rows]
    for found in broken:
        log.error("maintenance.invariant_broken", name=found.name, rows=len(found.rows))


def find_missing_refunds() -> None:
    """Ask for refunds that only a cumulative amount knows of; put what stays missing before a person."""
    accounts = configured_accounts(load())
    with transaction() as session:
        watermarks.heal_missing_refunds(session)
        asked = [
            ask_for_refunds(session, row.gateway_account, row.gateway_payment_id)
            for row in watermarks.payments_to_ask_about(session, accounts)
        ]
        opened = watermarks.open_missing_refunds(session, accounts)
    if asked:
        wake_by_name("payments.reconcile", [each for each in asked if each])
    if opened:
        log.warning("maintenance.refunds_missing", breaks=opened)


class Job(NamedTuple):
    """A periodic job: how often, in seconds, and what."""

    every_s: int
    run: Callable[[], object]


JOBS: dict[str, Job] = {
    "refunds.missing": Job(60, find_missing_refunds),
    "payments.reconcile": Job(60, lambda: wake_by_name("payments.reconcile")),
    "payments.settle": Job(300, lambda: wake_by_name("payments.allocate")),
    "reconciliation.backfill": Job(900, lambda: start_runs(RunKind.BACKFILL)),
    "reconciliation.diff": Job(86_400, lambda: start_runs(RunKind.DIFF)),
    "reconciliation.settle": Job(86_400, lambda: start_runs(RunKind.SETTLE)),
    "invariants.check": Job(86_400, lambda: wake_by_name("maintenance.check")),
}


def _release_stranded_mails() -> None:
    """A document died with its worker, and nobody was left to let its mail go without it."""
    with transaction() as session:
        released = receipts.release_stranded_mails(session)
        for row in released:
            if row.document_state == "dead":
                open_break(session, BreakKind.DOCUMENT_DEAD, f"document:{row.document_id}", row.error_class)
    crash_point("maintenance.released")
    Wakes(emails=[row.id for row in released]).publish()


def _settle_lost_mails() -> None:
    """A worker died between `sending` and the answer: the outcome is unknown, which is a state of its own."""
    with transaction() as session:
        for row in mails.lost_while_sending(session):
            held = Claim(row.claim_token, ())
            reason = "the worker died while the mail server may have taken the mail"
            settle_unknown(session, held, row.id, MailKind(row.kind), row.copies, reason)
            log.warning("emails.unknown", email_id=str(row.id), kind=EMAILS.table)
