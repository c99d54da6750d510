"""Keep everything moving: sweep what is due, start the periodic jobs, check the invariants."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from bursar.clock import utc_now
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.timetable import is_due, window_at
from bursar.settings import load
from models.inbox_writes import open_break
from models.kinds import EMAILS
from models.queries import invariants, mails, receipts, seals, ticks
from models.session import allow_long_reads, transaction
from models.work import Claim
from tasks.emails import settle_unknown
from tasks.forgetting import forget
from tasks.jobs import JOBS, Job, end, overdue
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
    now, zone = utc_now(), load().zone
    for name, job in JOBS.items():
        window = window_at(job.rhythm, now, zone)
        if not is_due(window, now, job.catch_up):
            continue
        with transaction() as session:
            ours = ticks.take(session, name, window.name)
        crash_point("maintenance.ticked")
        if ours:
            _run(name, job)
    _report_overdue(now)


@task("maintenance.check", queue=Queue.BATCH, time_limit_s=600)
def check(ids: Sequence[UUID] = ()) -> None:  # noqa: ARG001 - every task can be woken with ids
    """Run every invariant and shout about the broken ones. Safe to repeat: it only reads."""
    with transaction() as session:
        allow_long_reads(session)
        broken = [found for found in invariants.check(session) if found.rows]
    for found in broken:
        log.error("maintenance.invariant_broken", name=found.name, rows=len(found.rows))
    end("invariants.check")


@task("maintenance.seal", queue=Queue.BATCH, time_limit_s=600)
def seal(ids: Sequence[UUID] = ()) -> None:  # noqa: ARG001 - every task can be woken with ids
    """Seal what the audit log holds of transactions that are over. Safe to repeat: a row is sealed once."""
    while block := _seal_next():
        log.info("maintenance.sealed", block=block[0], hash=block[1])
    end("audit.seal")


def _seal_next() -> tuple[int, str] | None:
    """The hash goes into the log too: whoever rewrites the chain would have to rewrite that as well."""
    with transaction() as session:
        allow_long_reads(session)
        block = seals.seal_next(session)
    crash_point("maintenance.sealed")
    return block


@task("maintenance.retain", queue=Queue.BATCH, time_limit_s=600)
def retain(ids: Sequence[UUID] = (), whole: bool | None = None) -> None:  # noqa: ARG001 - as above
    """Forget what has been kept long enough, in chunks; on the first of a month look at the whole past.

    Safe to repeat: what was forgotten is not found again; a run that was cut short goes on where it ended.
    """
    now = utc_now()
    for kept, count in forget(now, whole=now.day == 1 if whole is None else whole).items():
        log.info("maintenance.forgotten", kept=kept.value, rows=count)
    end("records.retain")


def _run(name: str, job: Job) -> None:
    """One job, whatever becomes of it: the others run all the same, and this one again before long."""
    try:
        job.run()
    except Exception as error:  # noqa: BLE001 - a job that fails has not ended, which is an alarm in time
        log.error("maintenance.job_failed", job=name, error=type(error).__name__)
        return
    if not job.ends_itself:
        end(name)


def _report_overdue(now: datetime) -> None:
    with transaction() as session:
        found = overdue(session, now)
    for name, last in found.items():
        log.error("maintenance.job_overdue", job=name, last=last)


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
