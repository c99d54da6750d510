"""Run a policy over virtual customers: the rules are the real ones, the clock and the people are not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bursar.rules.dunning.deciding import Case, Take, Taken, Truth, Wait, next_step
from bursar.rules.dunning.declining import Network
from bursar.rules.dunning.hours import day_of
from bursar.rules.dunning.policy import NOTICES, Action, Policy
from bursar.rules.dunning.retrying import Attempt, Card, Forbidden, Noticed, Verdict, may_charge
from bursar.sandbox.dunning.people import Person

CURRENCY = "INR"
"""Whose law is the strictest: a notice before each charge."""
MAILED = NOTICES | {Action.SUSPEND, Action.DEBIT_NOTICE}


@dataclass(slots=True)
class Outcome:
    """What a policy came to."""

    days: int
    owed_minor: int = 0
    recovered_minor: list[int] = field(default_factory=list)
    """By day since the beginning."""
    steps: Counter[Action] = field(default_factory=Counter)
    mails: int = 0
    declines: int = 0
    paid: int = 0
    """Customers."""
    suspended_and_unpaid: int = 0

    @property
    def total_minor(self) -> int:
        """Recovered in all."""
        return sum(self.recovered_minor)


def simulate(policy: Policy, crowd: Iterable[Person], since: datetime, days: int) -> Outcome:
    """What is recovered, and by how much asking, within so many days."""
    outcome = Outcome(days=days, recovered_minor=[0] * days)
    last = since + timedelta(days=days)
    for person in crowd:
        _Life(policy, person, outcome, since, last).run()
    return outcome


class _Life:
    """One customer under one policy."""

    def __init__(
        self, policy: Policy, person: Person, outcome: Outcome, since: datetime, last: datetime
    ) -> None:
        self._policy, self._person, self._outcome = policy, person, outcome
        self._since, self._last = since, last
        self._case = Case(anchor_on=person.due.date(), zone=policy.zone)
        self._attempts: list[Attempt] = []
        self._notices: list[Noticed] = []
        self._pays_at = person.pays_unasked_at(last)

    def run(self) -> None:
        """From the first step until the money is there, no step is left, or time is up."""
        self._outcome.owed_minor += self._person.amount_minor
        now = min(self._person.due, self._since)
        while now < self._last:
            decision = next_step(self._case, self._policy, now, self._truth(now))
            if isinstance(decision, Take):
                self._take(decision, now)
                until = now
            elif isinstance(decision, Wait):
                until = decision.until
            else:
                until = self._last
            if self._pays_at is not None and self._pays_at <= until:
                break
            now = until
        self._end()

    def _end(self) -> None:
        if self._pays_at is not None and self._pays_at < self._last:
            self._outcome.recovered_minor[(self._pays_at - self._since).days] += self._person.amount_minor
            self._outcome.paid += 1
        else:
            suspended = any(each.action is Action.SUSPEND for each in self._case.taken)
            self._outcome.suspended_and_unpaid += suspended

    def _truth(self, now: datetime) -> Truth:
        return Truth(balance_minor=self._person.amount_minor, charge=self._verdict(now))

    def _verdict(self, now: datetime) -> Verdict:
        if not self._person.has_card:
            return Forbidden("no card is saved")
        return may_charge(
            self._policy.law,
            Card(key="card", network=Network.VISA),
            amount_minor=self._person.amount_minor,
            currency=CURRENCY,
            attempts=self._attempts,
            notices=self._notices,
            now=now,
        )

    def _take(self, take: Take, now: datetime) -> None:
        taken = Taken(step=take.step, action=take.action, day=day_of(now, self._case.zone))
        self._case = replace(self._case, taken=(*self._case.taken, taken))
        self._outcome.steps[take.action] += 1
        if take.action is Action.RETRY_CHARGE:
            self._charge(now)
        if take.action is Action.DEBIT_NOTICE:
            self._notices.append(Noticed(at=now, amount_minor=self._person.amount_minor))
        if take.action in MAILED:
            self._outcome.mails += 1
            self._pay(self._person.heeds_at(take.action, self._told(take.action), now))

    def _told(self, action: Action) -> int:
        """How often so far."""
        return sum(each.action is action for each in self._case.taken)

    def _charge(self, now: datetime) -> None:
        code = self._person.decline(now)
        self._outcome.declines += code is not None
        self._attempts.append(
            Attempt(
                at=now,
                card="card",
                amount_minor=self._person.amount_minor,
                currency=CURRENCY,
                declined=code is not None,
                decline_code=code,
            )
        )
        if code is None:
            self._pay(now)

    def _pay(self, moment: datetime | None) -> None:
        if moment is not None:
            self._pays_at = min(moment, self._pays_at or moment)
