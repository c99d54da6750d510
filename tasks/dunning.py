"""Ask for overdue money: open cases, plan the next step of each, take it once the truth is known.

The row of a step is the work: a worker that dies leaves it pending, and the sweeper wakes `dunning.advance`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.rules.dunning.deciding import Done, Take, Wait, next_step
from bursar.rules.dunning.hours import day_of, starts_at
from bursar.rules.dunning.policy import Policy
from bursar.rules.dunning.retrying import Allowed
from models import books
from models.kinds import DUNNING_STEPS
from models.queries import dunning, dunning_cases, dunning_mails, dunning_steps
from models.session import is_transient, raw, transaction
from models.work import Claim, fail, release, still_ours
from tasks.drain import claims
from tasks.dunning_acts import Acting, act, did
from tasks.dunning_declines import tell_declines
from tasks.dunning_policies import configured_policy, policy_of
from tasks.dunning_truth import away, glance, listen, look
from tasks.jobs import end
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

TIME_LIMIT_S = 1800
DRAIN_S = 600.0
"""Seconds after which no further steps are claimed; a successor is woken."""
CASES_MAX = 100
"""Cases planned in one transaction."""
CHUNKS_MAX = 2000
"""Chunks of one kind in one run: 200,000 cases. The next run goes on."""
FORESEEN_MAX = 1000
"""Cases that are shown before they are run."""
JOB = "dunning.advance"


@task("dunning.advance", queue=Queue.BATCH, time_limit_s=TIME_LIMIT_S)
def advance(ids: Sequence[UUID] = ()) -> None:
    """Open, plan and take what is due.

    Safe to repeat: a case per invoice, a step per case and day, and a step is taken in the transaction that
    says so.
    """
    now = utc_now()
    open_cases(now)
    close_finished(now)
    tell_declines()
    plan_steps(now)
    take_steps(ids)
    plan_steps(utc_now())
    end(JOB)


def open_cases(now: datetime) -> int:
    """Open a case for every invoice that has come due; how many are new."""
    policy, text = configured_policy()
    # West of Greenwich it is yesterday still: the first step waits for the customer's own day.
    due_until = now.date() - timedelta(days=policy.steps[0].day)
    opened = 0
    for _ in range(CHUNKS_MAX):
        with transaction() as session:
            dunning.keep_policy(session, policy.sha256, policy.name, text)
            seen = dunning.scan(session, due_until)
            new = [_opened(policy, row, now) for row in seen if row.owed]
            opened += dunning.open_cases(session, policy.sha256, now, new)
        crash_point("dunning.opened")
        if len(seen) < dunning.SCAN_MAX:
            break
    if opened:
        log.info("dunning.opened", cases=opened)
    return opened


def close_finished(now: datetime) -> None:
    """End the cases on which nothing is owed any more, and look at those that cannot wait."""
    with transaction() as session:
        dunning.call_up(session, now)
        finished = dunning.finished(session, CASES_MAX * CHUNKS_MAX)
    crash_point("dunning.called_up")
    for case_id in finished:
        with transaction() as session:
            _close_if_over(session, case_id, now)
        crash_point("dunning.closed")


def plan_steps(now: datetime) -> int:
    """Decide what comes next in every case that is to be looked at; how many steps are to be taken."""
    planned = 0
    for _ in range(CHUNKS_MAX):
        with transaction() as session:
            ids = dunning.due_cases(session, now, CASES_MAX)
            planned += _plan(session, ids, now)
        crash_point("dunning.planned")
        if len(ids) < CASES_MAX:
            break
    return planned


def take_steps(ids: Sequence[UUID | str] = ()) -> None:
    """These steps, then whatever is due; where anything is, gateways are listened to first."""
    if not ids and not _anything_due():
        return
    listen(utc_now())
    for held in claims(DUNNING_STEPS, ids, drain_s=DRAIN_S):
        listen(utc_now())
        closed = away()
        for step_id in held.ids:
            _take(held, step_id, closed)


class Foreseen(NamedTuple):
    """What would be done about a case now."""

    invoice: str
    customer: str
    action: str
    why: str


def foresee() -> list[Foreseen]:
    """What the next run would do, as far as the books alone tell; reads only."""
    now, found = utc_now(), []
    with transaction() as session:
        for row in dunning.cases(session, dunning_cases.due(session, now, FORESEEN_MAX)):
            seen = glance(row, Allowed())
            decision = next_step(seen.case, policy_of(session, row.policy_sha256), now, seen.truth)
            if isinstance(decision, Take):
                found.append(Foreseen(row.number, row.external_ref, decision.action.value, decision.why))
    return found


def taken_count() -> int:
    """How many steps were taken, ever."""
    with transaction() as session:
        return dunning_steps.count_taken(session)


def _anything_due() -> bool:
    """Whether a step is to be taken, or a mail that waits for the truth is to go out."""
    with transaction() as session:
        return dunning_mails.anything_due(session)


def _opened(policy: Policy, row: Row[Any], now: datetime) -> dunning.Opened:
    zone = policy.zone_of(row.country)
    anchor_on = policy.anchor(row.due_on, day_of(now, zone))
    next_at = starts_at(policy.hours, zone, anchor_on + timedelta(days=policy.steps[0].day))
    return dunning.Opened(row.id, row.customer_id, anchor_on, zone.key, next_at)


def _plan(session: Session, ids: Sequence[UUID], now: datetime) -> int:
    waits: list[tuple[UUID, datetime, str]] = []
    steps: list[dunning.Planned] = []
    for row in dunning.cases(session, ids):
        policy = policy_of(session, row.policy_sha256)
        seen = glance(row, Allowed())  # whether a card may be charged is looked at when the step is taken
        match next_step(seen.case, policy, now, seen.truth):
            case Wait(until=until, why=why):
                waits.append((row.id, until, why))
            case Done(status=status, why=why):
                dunning.close(session, row.id, status.value, why, now)
            case Take(step=step, action=action, why=why):
                steps.append(dunning.Planned(row.id, step, action.value, why))
    dunning.put_off(session, waits)
    return len(dunning.plan(session, steps))


def _close_if_over(session: Session, case_id: UUID, now: datetime) -> None:
    [row] = dunning.cases(session, [case_id])
    books.lock_customers(raw(session), [row.customer_id])
    [row] = dunning.cases(session, [case_id])
    seen = glance(row, Allowed())
    decision = next_step(seen.case, policy_of(session, row.policy_sha256), now, seen.truth)
    if isinstance(decision, Done) and decision.status.value != row.status:
        dunning.close(session, case_id, decision.status.value, decision.why, now)
        log.info("dunning.closed", case_id=str(case_id), status=decision.status.value)


def _take(held: Claim, step_id: UUID, closed: frozenset[str]) -> None:
    """One step, whatever becomes of it: no broken case holds up the others."""
    now = utc_now()
    try:
        with transaction() as session:
            acting = _decide(session, held, step_id, closed, now)
            if acting is None:
                return
            done = act(acting)
            dunning_steps.finish(session, step_id, did(acting, done), now)
    except Exception as error:  # noqa: BLE001 - the row says what happened
        if is_transient(error):
            release(DUNNING_STEPS, held, [step_id])
        else:
            fail(DUNNING_STEPS, held, step_id, error)
        log.error("dunning.failed", step_id=str(step_id), error=type(error).__name__)
        return
    crash_point("dunning.taken")
    if done.charge_id is not None:
        wake_by_name("payments.charge", [done.charge_id])
    done.wakes.publish()
    log.info("dunning.taken", step_id=str(step_id), action=acting.take.action.value)


def _decide(
    session: Session, held: Claim, step_id: UUID, closed: frozenset[str], now: datetime
) -> Acting | None:
    """What is to be done, under the customer's lock; None where nothing is, and the rows say why."""
    if not still_ours(session, DUNNING_STEPS, held, [step_id]):
        return None
    case_id, customer_id = dunning_steps.case_of(session, step_id)
    books.lock_customers(raw(session), [customer_id])
    [row] = dunning.cases(session, [case_id])
    policy = policy_of(session, row.policy_sha256)
    seen = look(session, row, policy, now, closed)
    match next_step(seen.case, policy, now, seen.truth):
        case Take() as take:
            return Acting(
                session=session,
                step_id=step_id,
                row=row,
                seen=seen,
                policy=policy,
                take=take,
                closed=closed,
                now=now,
            )
        case Wait(until=until, why=why):
            dunning_steps.put_back(session, step_id, (until - now).total_seconds(), why)
        case Done(status=status, why=why):
            dunning.close(session, case_id, status.value, why, now)
    return None
