"""Issue all drafts of some days, chunk by chunk: a run is a row, and a kill loses and doubles nothing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Refused, Transient
from models.issuing import Issuer, Opened, issue_invoices
from models.kinds import ISSUING_RUNS
from models.queries import issuing_runs as runs
from models.session import is_transient, transaction
from models.work import Claim, claim, fail, finish, release, still_ours
from tasks.issuers import reserve_papers, this_issuer
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

log = structlog.get_logger(__name__)

CHUNK = 200
"""Invoices of one transaction: the counter of a series is held for as long as these take to write."""
MONTH_PATTERN = "%Y-%m"
Watch = Callable[[Row[Any]], None]
"""Hears of a run after every chunk."""


class PeriodRefused(Refused):
    """A period is a month, written as 2026-11."""


class RunLost(Exception):
    """The lease ran out and somebody else has the run: nothing more may be written."""


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a month. Raises PeriodRefused."""
    try:
        first = datetime.strptime(period, MONTH_PATTERN).date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        raise PeriodRefused(f"{period!r} is no period: write a month as 2026-11") from None
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, date.fromordinal(after.toordinal() - 1)


def begin_run(since: date, until: date, by: str) -> UUID:
    """Commit to issuing the drafts of these days; the run over them that is under way, if there is one."""
    with transaction() as session:
        run_id = runs.begin(session, since, until, by)
    crash_point("invoices.run_begun")
    return run_id


def begin_due_run() -> list[UUID]:
    """Commit to issuing what should have been issued by the seller's today; none when all is."""
    today = this_issuer().seller.fiscal.day(utc_now())
    with transaction() as session:
        oldest = runs.oldest_due(session, today)
    return [begin_run(oldest, today, "bursar")] if oldest else []


def start_due_run() -> None:
    """What beat does: the row is there before anybody is woken, so a lost message loses no day."""
    begun = begin_due_run()
    if begun:
        wake_by_name("invoices.issue_due", begun)


def read_run(run_id: UUID) -> Row[Any]:
    """How far a run is."""
    with transaction() as session:
        return runs.get(session, run_id)


def work_here(run_id: UUID, watch: Watch) -> None:
    """This run here and now, unless a worker has it."""
    held = claim(ISSUING_RUNS, [run_id], fill=False)
    for each in held.ids:
        work_off(held, each, watch)


def work_off(held: Claim, run_id: UUID, watch: Watch = lambda _: None) -> None:
    """Chunk after chunk until its days are through; what cannot be issued says why and is passed over."""
    issuer = this_issuer()
    try:
        while places := _next(held, run_id):
            _issue(held, run_id, places, issuer)
            watch(read_run(run_id))
    except RunLost:
        log.warning("invoices.run_lost", run_id=str(run_id))
    except Exception as error:  # noqa: BLE001 - the row says what happened
        if is_transient(error) or isinstance(error, Transient):
            release(ISSUING_RUNS, held, [run_id])
        else:
            fail(ISSUING_RUNS, held, run_id, error)
        log.error("invoices.run_failed", run_id=str(run_id), error=type(error).__name__)
    else:
        run = read_run(run_id)
        log.info("invoices.run_ended", run_id=str(run_id), issued=run.issued, refused=run.refused)


def _next(held: Claim, run_id: UUID) -> Sequence[runs.Place]:
    """The next drafts of a run; it ends when there are none."""
    with transaction() as session:
        _hold(session, held, run_id)
        places = runs.next_drafts(session, runs.get(session, run_id), CHUNK)
        if not places:
            finish(session, ISSUING_RUNS, [run_id])
    crash_point("invoices.run_looked")
    return places


def _issue(held: Claim, run_id: UUID, places: Sequence[runs.Place], issuer: Issuer) -> None:
    """One chunk; where it fails for a reason of one draft, each by itself: no neighbour waits for it."""
    try:
        _issue_together(held, run_id, places, issuer)
    except Exception as error:
        if is_transient(error) or isinstance(error, RunLost | Transient):
            raise
        if len(places) > 1:
            for place in places:
                _issue(held, run_id, [place], issuer)
            return
        _pass_over(held, run_id, places[0], error)


def _issue_together(held: Claim, run_id: UUID, places: Sequence[runs.Place], issuer: Issuer) -> None:
    with transaction() as session:
        _hold(session, held, run_id)
        opened = issue_invoices(session, [place.id for place in places], issuer)
        documents = reserve_papers(session, opened.issued)
        _advance(session, held, run_id, places[-1], opened)
    crash_point("invoices.chunk_issued")
    Wakes(documents=documents, enrollments=opened.enrollments).publish()


def _pass_over(held: Claim, run_id: UUID, place: runs.Place, error: Exception) -> None:
    """A draft that meets an error of its own stays a draft and says which."""
    why = str(error) or type(error).__name__
    with transaction() as session:
        _hold(session, held, run_id)
        runs.refuse(session, place.id, why[:500])
        _advance(session, held, run_id, place, Opened(refused={place.id: why}))
    crash_point("invoices.passed_over")
    log.error("invoices.refused", invoice_id=str(place.id), error=type(error).__name__)


def _hold(session: Session, held: Claim, run_id: UUID) -> None:
    """Lock the row: the first statement of every transaction that writes for it. Raises RunLost."""
    if not still_ours(session, ISSUING_RUNS, held, [run_id]):
        raise RunLost


def _advance(session: Session, held: Claim, run_id: UUID, reached: runs.Place, opened: Opened) -> None:
    runs.advance(
        session,
        held,
        run_id,
        reached,
        issued=len(opened.issued),
        refused=len(opened.refused),
        lease_s=ISSUING_RUNS.lease_s,
    )
