"""Every periodic job: its name, when it runs, what becomes of a time that was missed, and what it does.

A job is begun once per window, by whichever beat comes first, and ends: at once, or, where it is a message to
another queue, by the task that gets the message. What was begun and has not ended is begun again after a
while: neither a lost message nor a killed worker costs a window.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy.orm import Session

from bursar.rules.reconciling import RunKind
from bursar.rules.timetable import CatchUp, Daily, Every, Rhythm, is_overdue
from models.queries import ticks
from models.session import transaction
from tasks.bulk import start_due_run
from tasks.holds import find_suspects
from tasks.reconciliation import start_runs
from tasks.telling import tell_of_registers
from tasks.watermarks import find_missing_refunds
from workers.publish import wake_by_name


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job. `run` must be safe to repeat, and short: it runs between two sweeps."""

    rhythm: Rhythm
    run: Callable[[], object]
    catch_up: CatchUp = CatchUp.LATE
    ends_itself: bool = False
    """`run` only wakes a task, and that task calls `end`."""


JOBS: dict[str, Job] = {
    "refunds.missing": Job(Every(seconds=60), find_missing_refunds),
    "payments.reconcile": Job(Every(seconds=60), lambda: wake_by_name("payments.reconcile")),
    "fraud.signals": Job(Every(seconds=60), find_suspects),
    "payments.settle": Job(Every(seconds=300), lambda: wake_by_name("payments.allocate")),
    "invoices.issue_due": Job(Every(seconds=3600), start_due_run),
    "invoices.credit": Job(Every(seconds=60), lambda: wake_by_name("invoices.credit")),
    "reconciliation.backfill": Job(Every(seconds=900), lambda: start_runs(RunKind.BACKFILL)),
    "dunning.advance": Job(Every(seconds=3600), lambda: wake_by_name("dunning.advance"), ends_itself=True),
    "reconciliation.diff": Job(Every(seconds=86_400), lambda: start_runs(RunKind.DIFF)),
    "reconciliation.settle": Job(Every(seconds=86_400), lambda: start_runs(RunKind.SETTLE)),
    "audit.seal": Job(Every(seconds=300), lambda: wake_by_name("maintenance.seal"), ends_itself=True),
    "documents.verify": Job(
        Daily(at=time(3, 30)), lambda: wake_by_name("documents.verify"), ends_itself=True
    ),
    "emails.registers": Job(Every(seconds=900), tell_of_registers),
    "invariants.check": Job(
        Daily(at=time(2, 30)), lambda: wake_by_name("maintenance.check"), ends_itself=True
    ),
    "records.retain": Job(
        Daily(at=time(3, 0)),
        lambda: wake_by_name("maintenance.retain"),
        catch_up=CatchUp.NEXT,
        ends_itself=True,
    ),
    "customers.erase": Job(Daily(at=time(3, 15)), lambda: wake_by_name("customers.erase"), ends_itself=True),
}


def end(name: str) -> None:
    """Say that a job has ended."""
    with transaction() as session:
        ticks.finish(session, name)


def overdue(session: Session, now: datetime) -> dict[str, datetime | None]:
    """Jobs that have not ended for two intervals, and when they last did; one that never did counts from when
    beat first ran here. Empty where beat never ran."""
    first = ticks.first_tick(session)
    return {
        ran.job: ran.ended_at
        for ran in ticks.last_runs(session, list(JOBS))
        if first and is_overdue(JOBS[ran.job].rhythm, ran.ended_at or first, now)
    }
