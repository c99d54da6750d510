"""Ask gateways what is true: what webhooks did not tell, what differs here, what reached the bank."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from bursar.clock import utc_now
from bursar.errors import Misconfigured, Refused
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused
from bursar.rules.reconciling import RunKind, Span, next_span
from bursar.settings import load
from models.kinds import RECONCILIATION_RUNS
from models.queries import runs
from models.session import is_transient, transaction
from models.work import Claim, claim, fail, release
from tasks.backfill import backfill as run_backfill
from tasks.differences import diff as run_diff
from tasks.drain import claims
from tasks.gateways import configured_accounts
from tasks.running import RunLost, Running
from tasks.settlements import settle as run_settle
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

TIME_LIMIT_S = 1800
"""Seconds: 100,000 events of Stripe's, a hundred at a time, are listed in ten minutes."""
DRAIN_S = 600.0
"""Seconds after which no other run is begun."""
AWAY_S = 300.0
"""Seconds after which a gateway that was away is asked again."""
GAPS = {
    RunKind.BACKFILL: timedelta(minutes=10),
    RunKind.DIFF: timedelta(hours=12),
    RunKind.SETTLE: timedelta(hours=12),
}
"""A periodic run that ended so lately is not followed by another: two wakes find the same."""
WINDOW_MAX = {
    RunKind.BACKFILL: timedelta(days=400),
    RunKind.DIFF: timedelta(days=31),
    RunKind.SETTLE: timedelta(days=400),
}
"""Of a window that somebody names. A diff holds both sides of it in memory."""
_RUNS: dict[RunKind, Callable[[Running], None]] = {
    RunKind.BACKFILL: run_backfill,
    RunKind.DIFF: run_diff,
    RunKind.SETTLE: run_settle,
}


class WindowRefused(Refused):
    """The window cannot be gone through."""


@task("reconciliation.backfill", queue=Queue.BATCH, time_limit_s=TIME_LIMIT_S)
def backfill(
    ids: Sequence[UUID] = (), gateway: str | None = None, since: str | None = None, until: str | None = None
) -> None:
    """Hear what webhooks should have told since the last time, or in this window (ISO 8601, UTC).

    Safe to repeat: what the inbox has heard is met by its key, and a run that just ended is not repeated.
    """
    _begin_and_work(RunKind.BACKFILL, ids, gateway, since, until)


@task("reconciliation.diff", queue=Queue.BATCH, time_limit_s=TIME_LIMIT_S)
def diff(
    ids: Sequence[UUID] = (), gateway: str | None = None, since: str | None = None, until: str | None = None
) -> None:
    """Compare gateways with the books since the last time, or in this window, and heal what can be healed.

    Safe to repeat: healing is hearing and asking, and what agrees is left alone.
    """
    _begin_and_work(RunKind.DIFF, ids, gateway, since, until)


@task("reconciliation.settle", queue=Queue.BATCH, time_limit_s=TIME_LIMIT_S)
def settle(
    ids: Sequence[UUID] = (), gateway: str | None = None, since: str | None = None, until: str | None = None
) -> None:
    """Tie what reached the bank since the last time, or in this window, to what the books have.

    Safe to repeat: a line is kept once, by the gateway's id of it.
    """
    _begin_and_work(RunKind.SETTLE, ids, gateway, since, until)


@task("reconciliation.resume", queue=Queue.BATCH, time_limit_s=TIME_LIMIT_S)
def resume(ids: Sequence[UUID] = ()) -> None:
    """Go on with the runs that are due: interrupted, put off, or with time to heal behind them.

    Safe to repeat: a run has one worker, and goes on where it got to.
    """
    for held in claims(RECONCILIATION_RUNS, ids, drain_s=DRAIN_S):
        for run_id in held.ids:
            _take(held, run_id)


def begin_runs(
    kind: RunKind,
    gateway: str | None = None,
    window: Span | None = None,
    requested_by: str = "bursar",
    *,
    wished: bool = False,
) -> list[UUID]:
    """Commit to runs, one for each account that can be called; none where one is under way.

    Without a window they are periodic, and none begins where one just ended, unless somebody wished it.
    Raises Misconfigured where the gateway named cannot be called.
    """
    begun = []
    for account in accounts_of(gateway):
        with transaction() as session:
            past = runs.Past(session, account, kind)
            if window is None and not wished and past.is_fresh(utc_now(), GAPS[kind]):
                continue
            new = runs.NewRun(
                account=account,
                kind=kind,
                span=window or _next(kind, past),
                periodic=window is None,
                requested_by=requested_by,
            )
            run_id = runs.begin(session, new)
        crash_point("reconciliation.begun")
        begun += [run_id] if run_id else []
    return begun


def start_runs(kind: RunKind) -> None:
    """What beat does: the rows are there before anybody is woken, so a lost message loses no window."""
    begun = begin_runs(kind)
    if begun:
        wake_by_name(f"reconciliation.{kind}", begun)


def work_off(run_ids: Sequence[UUID]) -> None:
    """These runs here and now, one after the other, unless a worker has them."""
    for run_id in run_ids:
        held = claim(RECONCILIATION_RUNS, [run_id])
        for each in held.ids:
            _take(held, each)


def accounts_of(gateway: str | None) -> list[str]:
    """The accounts that can be called, of one gateway or of all. Raises Misconfigured where it cannot."""
    accounts = configured_accounts(load())
    if gateway is None:
        return accounts
    found = [each for each in accounts if each.partition(":")[0] == gateway]
    if not found:
        callable_now = ", ".join(accounts) or "none"
        raise Misconfigured(
            f"{gateway} cannot be called: its keys are not set; those that can: {callable_now}"
        )
    return found


def next_window(kind: RunKind, account: str) -> Span:
    """What a periodic run would go through now."""
    with transaction() as session:
        return _next(kind, runs.Past(session, account, kind))


def window_of(kind: RunKind, since: datetime | None, until: datetime | None) -> Span | None:
    """The window somebody names; None where nobody names one. Raises WindowRefused."""
    if since is None and until is None:
        return None
    if since is None:
        raise WindowRefused("until needs a since: name both ends, or only since")
    window = Span(since, until or utc_now())
    _check(kind, window)
    return window


def _begin_and_work(
    kind: RunKind, ids: Sequence[UUID], gateway: str | None, since: str | None, until: str | None
) -> None:
    if not ids:
        begin_runs(kind, gateway, window_of(kind, _moment("since", since), _moment("until", until)))
    resume(ids)


def _next(kind: RunKind, past: runs.Past) -> Span:
    return next_span(utc_now(), past.last_until, past.oldest_open if kind is RunKind.DIFF else None)


def _moment(name: str, told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise WindowRefused(f"{name} must be a moment like 2026-11-21T10:00, in UTC") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check(kind: RunKind, window: Span) -> None:
    if not window.since < window.until:
        raise WindowRefused("since must be before until")
    if window.until > utc_now():
        raise WindowRefused("until must not be in the future")
    if utc_now() - window.since > WINDOW_MAX[kind]:
        raise WindowRefused(f"a {kind} can go back {WINDOW_MAX[kind].days} days: name a later since")


def _take(held: Claim, run_id: UUID) -> None:
    """One run, whatever becomes of it: a gateway that is away ends it for now."""
    with transaction() as session:
        run = Running.of(held, runs.get(session, run_id))
    try:
        _RUNS[run.kind](run)
    except RunLost:
        log.warning("reconciliation.lost", run_id=str(run_id))
    except GatewayAway as away:
        _put_off(run, away)
    except GatewayRefused as refused:
        _refused(run, refused)
    except Exception as error:  # noqa: BLE001 - the row says what happened
        if is_transient(error):
            release(RECONCILIATION_RUNS, held, [run_id])
        else:
            fail(RECONCILIATION_RUNS, held, run_id, error)
        log.error("reconciliation.failed", run_id=str(run_id), error=type(error).__name__)
    else:
        log.info("reconciliation.looked", kind=run.kind, account=run.account, **run.counts)


def _put_off(run: Running, away: GatewayAway) -> None:
    wait_s = max(AWAY_S, away.failure.retry_after_s or 0.0)
    with transaction() as session:
        runs.put_off(session, run.held, run.id, away, wait_s)
    crash_point("reconciliation.put_off")
    log.warning("reconciliation.put_off", run_id=str(run.id), code=away.failure.code.value)


def _refused(run: Running, refused: GatewayRefused) -> None:
    """What a gateway cannot tell is no failure of ours; all else may be mended."""
    if refused.failure.code is not FailureCode.UNSUPPORTED:
        fail(RECONCILIATION_RUNS, run.held, run.id, refused)
    else:
        with transaction() as session:
            runs.end(session, run.held, run.id, run.counts, ignored_because=str(refused))
        crash_point("reconciliation.ignored")
    log.warning("reconciliation.refused", run_id=str(run.id), code=refused.failure.code.value)
