"""The next step of a case: what is done now, what it waits for, or how it ended. No I/O, no clock."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bursar.rules.dunning.hours import DAY, day_of, next_open, starts_at
from bursar.rules.dunning.policy import HARSH, NOTICES, Action, Policy
from bursar.rules.dunning.retrying import Allowed, Forbidden, NotBefore, NoticeFirst, Verdict

LOOK_AGAIN = timedelta(minutes=1)
"""While the truth is not known: gateways are being asked."""
LOOK_LATER = timedelta(hours=1)
"""While a bank decides, or a hold has no end."""


class SubjectType(StrEnum):
    """What a case is about."""

    INVOICE = "invoice"


class CaseStatus(StrEnum):
    """How a case stands."""

    OPEN = "open"
    RECOVERED = "recovered"
    CANCELED = "canceled"
    EXHAUSTED = "exhausted"
    """Every step was taken; late money still recovers it."""


class HoldKind(StrEnum):
    """Why nothing is done though something is due."""

    PROMISE = "promise"
    """The customer named a day."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Somebody stopped the case."""

    kind: HoldKind
    until: datetime | None
    """None: until somebody lets it go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken, or begun."""

    step: int | None
    """Its place in the policy, from 0; None for a charge that a new card caused."""
    action: Action
    day: date | None
    """The customer's day; None for a charge that a new card caused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One overdue thing, and what was done about it."""

    anchor_on: date
    zone: ZoneInfo
    taken: tuple[Taken, ...] = ()
    hold: Hold | None = None
    spares_fee: bool = False
    """It is itself a late fee: no fee is taken for being late with a fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known about the money, just now."""

    balance_minor: int
    given_up: bool = False
    """Some of it was ruled to be a loss: that nothing is open does not mean that it was paid."""
    closed: bool = False
    """The invoice is void."""
    held: bool = False
    """The customer is suspected of fraud, and pays nothing more until somebody releases him."""
    disputed: bool = False
    charging: bool = False
    """A charge has not ended yet."""
    unclear: str | None = None
    """Why we may not know of a payment yet, or a gateway cannot be asked."""
    charge: Verdict = field(default_factory=lambda: Forbidden("no card is saved"))
    new_card: bool = False
    """A card was saved after the last decline, and never charged here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Do this now."""

    step: int | None
    action: Action
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing before then."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The case is over."""

    status: CaseStatus
    why: str


Decision = Take | Wait | Done


def next_step(case: Case, policy: Policy, now: datetime, truth: Truth) -> Decision:
    """What is to be done about a case now.

    Of several steps that have come due only the newest is taken, one a day, in the customer's hours, and
    none while money may be on its way. A card that was just saved is charged at once: its owner wished it.
    """
    over = _over(truth)
    if over:
        return over
    stopped = _stopped(case, now, truth)
    if stopped:
        return stopped
    if _wants_new_card(policy, truth):
        return _unless_unclear(now, truth, Take(step=None, action=Action.RETRY_CHARGE, why="a new card"))
    due = due_step(case, policy, now)
    if due is None:
        return _later(case, policy)
    quiet = _quiet(case, policy, now)
    if quiet:
        return quiet
    return _unless_unclear(now, truth, _take(case, policy, now, truth, due))


def due_step(case: Case, policy: Policy, now: datetime) -> int | None:
    """The newest step that is due and was not taken; nothing is taken away before a notice was given."""
    due = [n for n in _left(case, policy) if step_at(case, policy, n) <= now]
    if not due:
        return None
    newest = due[-1]
    told = any(taken.action in NOTICES for taken in case.taken)
    if policy.steps[newest].action in HARSH and not told:
        notices = [n for n in due if policy.steps[n].action in NOTICES]
        return notices[-1] if notices else newest
    return newest


def step_at(case: Case, policy: Policy, n: int) -> datetime:
    """From when on a step may be taken, in UTC."""
    return starts_at(policy.hours, case.zone, case.anchor_on + timedelta(days=policy.steps[n].day))


def _left(case: Case, policy: Policy) -> list[int]:
    taken = [
        each.step for each in case.taken if each.step is not None and each.action is not Action.DEBIT_NOTICE
    ]
    first = max(taken, default=-1) + 1
    return [
        n
        for n in range(first, len(policy.steps))
        if not (case.spares_fee and policy.steps[n].action is Action.LATE_FEE)
    ]


def _over(truth: Truth) -> Done | None:
    if truth.closed:
        return Done(status=CaseStatus.CANCELED, why="the invoice is void")
    if truth.balance_minor <= 0 and truth.given_up:
        return Done(status=CaseStatus.EXHAUSTED, why="what was owed is written off")
    if truth.balance_minor <= 0:
        return Done(status=CaseStatus.RECOVERED, why="nothing is owed any more")
    return None


def _stopped(case: Case, now: datetime, truth: Truth) -> Wait | None:
    hold = case.hold
    if hold and (hold.until is None or hold.until > now):
        why = "the customer promised to pay" if hold.kind is HoldKind.PROMISE else "an operator holds it"
        return Wait(until=hold.until or now + LOOK_LATER, why=why)
    if truth.held:
        return Wait(until=now + LOOK_LATER, why="the customer is held")
    if truth.disputed:
        return Wait(until=now + LOOK_LATER, why="a payment is disputed")
    if truth.charging:
        return Wait(until=now + LOOK_LATER, why="a charge has not ended yet")
    return None


def _wants_new_card(policy: Policy, truth: Truth) -> bool:
    return policy.retry_on_new_card and truth.new_card and isinstance(truth.charge, Allowed)


def _later(case: Case, policy: Policy) -> Decision:
    left = _left(case, policy)
    if not left:
        return Done(status=CaseStatus.EXHAUSTED, why="every step was taken")
    step = policy.steps[left[0]]
    return Wait(until=step_at(case, policy, left[0]), why=f"day {step.day}: {step.action}")


def _quiet(case: Case, policy: Policy, now: datetime) -> Wait | None:
    """Not at night, and not twice a day."""
    today = day_of(now, case.zone)
    if any(taken.day == today and taken.step is not None for taken in case.taken):
        until = starts_at(policy.hours, case.zone, today + DAY)
        return Wait(until=until, why="one step a day")
    opens = next_open(policy.hours, case.zone, now)
    return Wait(until=opens, why="not at these hours") if opens > now else None


def _take(case: Case, policy: Policy, now: datetime, truth: Truth, n: int) -> Take | Wait:
    step = policy.steps[n]
    why = f"day {step.day}"
    if step.action is not Action.RETRY_CHARGE:
        return Take(step=n, action=step.action, why=why)
    match truth.charge:
        case Allowed():
            return Take(step=n, action=Action.RETRY_CHARGE, why=why)
        case NoticeFirst():
            return Take(step=n, action=Action.DEBIT_NOTICE, why=f"{why}: told a day before")
        case NotBefore(until, because):
            return Wait(until=_no_later_than_the_next(case, policy, now, n, until), why=because)
        case forbidden:
            return Take(step=n, action=Action.REMIND, why=f"{why}: {forbidden.why}")


def _no_later_than_the_next(case: Case, policy: Policy, now: datetime, n: int, until: datetime) -> datetime:
    """A charge that must wait does not hold up what comes after it."""
    later = [step_at(case, policy, each) for each in _left(case, policy) if each > n]
    return min([until, *(each for each in later if each > now)])


def _unless_unclear(now: datetime, truth: Truth, decision: Take | Wait) -> Take | Wait:
    if truth.unclear and isinstance(decision, Take):
        return Wait(until=now + LOOK_AGAIN, why=truth.unclear)
    return decision
