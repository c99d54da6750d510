"""Virtual customers who owe money: why they have not paid, and what they do when they are asked.

Invented, not measured: a simulation tells how two policies differ for the same people, not what yours pay.
Every draw depends on the seed, the customer and the occasion only, so two policies meet the same people.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from bursar.rules.dunning.policy import Action


class Nature(StrEnum):
    """Why somebody has not paid."""

    FORGETFUL = "forgetful"
    SHORT = "short"
    """No money before the next payday."""
    OLD_CARD = "old_card"
    """The saved card has expired."""
    UNWILLING = "unwilling"
    """Pays when something is about to be taken away."""
    GONE = "gone"
    """Never pays."""


_SHARES = {
    Nature.FORGETFUL: 45,
    Nature.SHORT: 25,
    Nature.OLD_CARD: 12,
    Nature.UNWILLING: 10,
    Nature.GONE: 8,
}
"""Of a hundred who are late."""
_HEEDS: dict[Nature, dict[Action, float]] = {
    Nature.FORGETFUL: {Action.REMIND: 0.35, Action.FINAL_NOTICE: 0.5, Action.SUSPEND: 0.6},
    Nature.SHORT: {Action.REMIND: 0.25, Action.FINAL_NOTICE: 0.4, Action.SUSPEND: 0.5},
    Nature.OLD_CARD: {Action.REMIND: 0.25, Action.FINAL_NOTICE: 0.4, Action.SUSPEND: 0.6},
    Nature.UNWILLING: {Action.REMIND: 0.03, Action.FINAL_NOTICE: 0.3, Action.SUSPEND: 0.5},
    Nature.GONE: {},
}
"""How likely each is to pay within two days of being told."""
_AMOUNTS_MINOR = (1_500_00, 4_999_00, 9_999_00, 14_999_00, 45_000_00)
_HAS_CARD = 0.6
_PAYS_UNASKED = 0.012
"""A day, of those who pay at all."""
_AFTER_PAYDAY = timedelta(days=6)
"""For how long there is money then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One virtual customer."""

    seed: int
    number: int
    nature: Nature
    amount_minor: int
    due: datetime
    payday: int
    """Of the month."""
    has_card: bool

    def pays_unasked_at(self, last: datetime) -> datetime | None:
        """When, before `last`, the customer pays without having been asked."""
        if self.nature is Nature.GONE:
            return None
        draw, moment = self._draw("unasked"), self.due
        while moment < last:
            moment += timedelta(days=1)
            if draw.random() < _PAYS_UNASKED and self._has_money(moment):
                return moment
        return None

    def heeds_at(self, action: Action, occasion: int, now: datetime) -> datetime | None:
        """When the customer pays because of this mail; None when not."""
        draw = self._draw(f"{action}/{occasion}")
        likely = _HEEDS[self.nature].get(action, 0.0)
        moment = now + timedelta(hours=draw.uniform(0.2, 48))
        return moment if draw.random() < likely and self._has_money(moment) else None

    def decline(self, now: datetime) -> str | None:
        """Why the bank declines a charge of the saved card now; None when it does not."""
        if self.nature is Nature.OLD_CARD:
            return "expired_card"
        if self.nature is Nature.GONE:
            return "lost_card" if self.number % 2 else "insufficient_funds"
        return None if self._has_money(now) else "insufficient_funds"

    def _has_money(self, moment: datetime) -> bool:
        if self.nature is not Nature.SHORT:
            return True
        days = (moment.day - self.payday) % 30
        return timedelta(days=days) < _AFTER_PAYDAY

    def _draw(self, occasion: str) -> Random:
        return Random(f"{self.seed}/{self.number}/{occasion}")  # noqa: S311 - a story, no secret


def people(count: int, since: datetime, seed: int) -> list[Person]:
    """So many customers whose invoices are due within ten days."""
    return [_person(seed, number, since) for number in range(count)]


def _person(seed: int, number: int, since: datetime) -> Person:
    draw = Random(f"{seed}/{number}")  # noqa: S311 - a story, no secret
    [nature] = draw.choices(list(_SHARES), weights=list(_SHARES.values()))
    return Person(
        seed=seed,
        number=number,
        nature=nature,
        amount_minor=draw.choice(_AMOUNTS_MINOR),
        due=since + timedelta(days=draw.randrange(10)),
        payday=draw.randint(1, 28),
        has_card=draw.random() < _HAS_CARD,
    )
