"""Read a dunning policy from its text: every mistake is named with its place and its cure."""

import hashlib
import itertools
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bursar.errors import Refused
from bursar.rules.dunning.policy import (
    IN_POLICIES,
    Action,
    Hours,
    Policy,
    RetryLaw,
    Step,
    Template,
)
from bursar.rules.money import CurrencyRefused, checked_currency

TEXT_LENGTH_MAX = 20_000
"""Characters: a policy is a page, not a book."""
STEPS_MAX = 40
DAY_MIN, DAY_MAX = -30, 365
OPEN_MIN = timedelta(hours=2)
"""A shorter day could fall into the hour that a change of the clocks leaves out."""
HOLIDAYS_MAX = 400
LATE_FEE_MINOR_MAX = 1_000_000_00
NAME_LENGTH_MAX = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_Word = TypeVar("_Word", bound=StrEnum)
_Made = TypeVar("_Made")


class PolicyRefused(Refused):
    """The dunning policy cannot be used; the message names the place and the cure."""


def read_policy(text: str) -> Policy:
    """The policy that a TOML text says. Raises PolicyRefused."""
    if len(text) > TEXT_LENGTH_MAX:
        raise PolicyRefused(f"the policy has more than {TEXT_LENGTH_MAX} characters: make it shorter")
    try:
        root = _Table("", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyRefused(f"the policy is no TOML: {error}") from None
    policy = Policy(
        name=root.text("name"),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        steps=_steps(root),
        zone=_zone("zone", root.text("zone")),
        zones={
            country: _zone(f"zones.{country}", name) for country, name in root.table("zones").rest().items()
        },
        hours=_hours(root.table("hours")),
        law=_law(root.table("retries")),
        late_fees=_late_fees(root.table("late_fees")),
        retry_on_new_card=root.flag("retry_on_new_card", True),
        catch_up_days_max=root.number("catch_up_days_max", 7, low=0, high=DAY_MAX),
    )
    root.check_all_known()
    if any(step.action is Action.LATE_FEE for step in policy.steps) and not policy.late_fees:
        raise PolicyRefused("late_fees: a step takes a late fee; name one, as INR = 50000 (minor units)")
    return policy


class _Table:
    """One table of the text; remembers what was asked of it, so that typing mistakes are found."""

    def __init__(self, place: str, values: Mapping[str, Any]) -> None:
        self.place = place
        self._values = dict(values)
        self._tables: list[_Table] = []

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def take(self, key: str, kind: type[_Made], words: str, default: _Made | None = None) -> _Made:
        """The value under a key. Raises PolicyRefused where it is missing or of another kind."""
        found = self._values.pop(key, default)
        if found is None:
            raise PolicyRefused(f"{self.at(key)} is missing: it must be {words}")
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise PolicyRefused(f"{self.at(key)} must be {words}")
        return found

    def text(self, key: str, default: str | None = None) -> str:
        found = self.take(key, str, "a text", default)
        if not 0 < len(found) <= NAME_LENGTH_MAX:
            raise PolicyRefused(f"{self.at(key)} must have 1 to {NAME_LENGTH_MAX} characters")
        return found

    def flag(self, key: str, default: bool) -> bool:
        return self.take(key, bool, "true or false", default)

    def number(self, key: str, default: int | None = None, *, low: int, high: int) -> int:
        found = self.take(key, int, "a whole number", default)
        if not low <= found <= high:
            raise PolicyRefused(f"{self.at(key)} must be {low} to {high}, not {found}")
        return found

    def listed(self, key: str, default: list[Any] | None = None) -> list[Any]:
        found: list[Any] = self.take(key, list, "a list", default)
        return found

    def table(self, key: str) -> "_Table":
        made = _Table(self.at(key), self.take(key, dict, "a table", {}))
        self._tables.append(made)
        return made

    def rest(self) -> Mapping[str, Any]:
        """Everything that is left, where the keys are the author's own."""
        found, self._values = self._values, {}
        return found

    def check_all_known(self) -> None:
        """Raises PolicyRefused naming what nobody asked for."""
        for table in (self, *self._tables):
            for key in table._values:
                raise PolicyRefused(f"{table.at(key)} is not known: take it out, or correct its name")


def _steps(root: _Table) -> tuple[Step, ...]:
    listed = root.listed("steps")
    if not 0 < len(listed) <= STEPS_MAX:
        raise PolicyRefused(f"steps: a policy has 1 to {STEPS_MAX} of them")
    steps = [_step(n, each) for n, each in enumerate(listed, start=1)]
    for n, (before, after) in enumerate(itertools.pairwise(steps), start=2):
        if after.day <= before.day:
            raise PolicyRefused(f"steps.{n}.day: steps stand in the order of their days, each on its own")
    return tuple(steps)


def _step(n: int, said: Any) -> Step:
    if not isinstance(said, dict):
        raise PolicyRefused(f"steps.{n} must be a table: write [[steps]] above it")
    table = _Table(f"steps.{n}", said)
    action = _word(table.at("action"), Action, IN_POLICIES, table.text("action"))
    template = None
    if action not in (Action.LATE_FEE, Action.WRITE_OFF):
        template = _word(table.at("template"), Template, frozenset(Template), table.text("template"))
    step = Step(day=table.number("day", low=DAY_MIN, high=DAY_MAX), action=action, template=template)
    table.check_all_known()
    if step.day <= 0 and action not in (Action.REMIND, Action.RETRY_CHARGE):
        raise PolicyRefused(f"{table.at('day')}: only reminders and charges come before the money is overdue")
    return step


def _word(place: str, words: type[_Word], allowed: frozenset[_Word], said: str) -> _Word:
    if said not in allowed:
        known = ", ".join(word for word in words if word in allowed)
        raise PolicyRefused(f"{place}: {said!r} is not known; write one of {known}")
    return words(said)


def _hours(table: _Table) -> Hours:
    usual = Hours()
    opens = _moment(table.at("opens"), table.text("opens", f"{usual.opens:%H:%M}"))
    closes = _moment(table.at("closes"), table.text("closes", f"{usual.closes:%H:%M}"))
    if _since_midnight(closes) - _since_midnight(opens) < OPEN_MIN:
        raise PolicyRefused(f"{table.at('closes')} must be at least two hours after {table.at('opens')}")
    weekdays = [
        _weekday(table, each) for each in table.listed("weekdays", [WEEKDAYS[n] for n in usual.weekdays])
    ]
    if not weekdays:
        raise PolicyRefused(f"{table.at('weekdays')}: name at least one of {', '.join(WEEKDAYS)}")
    holidays = table.listed("holidays", [])
    if len(holidays) > HOLIDAYS_MAX or any(type(each) is not date for each in holidays):
        raise PolicyRefused(f"{table.at('holidays')}: up to {HOLIDAYS_MAX} days, each as 2026-12-25")
    return Hours(opens=opens, closes=closes, weekdays=frozenset(weekdays), holidays=frozenset(holidays))


def _weekday(table: _Table, said: Any) -> int:
    if said not in WEEKDAYS:
        raise PolicyRefused(f"{table.at('weekdays')}: {said!r} is none of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(said)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _moment(place: str, said: str) -> time:
    return _parsed(place, "a time like 09:00", said, lambda: time.fromisoformat(said).replace(tzinfo=None))


def _zone(place: str, said: Any) -> ZoneInfo:
    return _parsed(place, "a zone like Asia/Kolkata", said, lambda: ZoneInfo(said))


def _parsed(place: str, words: str, said: Any, parse: Callable[[], _Made]) -> _Made:
    try:
        return parse()
    except (ValueError, TypeError, OSError, ZoneInfoNotFoundError):
        raise PolicyRefused(f"{place}: {said!r} is not {words}") from None


def _law(table: _Table) -> RetryLaw:
    law = RetryLaw()
    notice_h = int(law.india_notice.total_seconds()) // 3600
    return RetryLaw(
        visa_30d_max=table.number("visa_30d_max", law.visa_30d_max, low=0, high=20),
        mastercard_24h_max=table.number(
            "mastercard_24h_max", law.mastercard_24h_max, low=0, high=law.mastercard_24h_max
        ),
        mastercard_30d_max=table.number(
            "mastercard_30d_max", law.mastercard_30d_max, low=0, high=law.mastercard_30d_max
        ),
        india_notice=timedelta(hours=table.number("india_notice_h", notice_h, low=notice_h, high=240)),
        india_max_minor=table.number("india_max_minor", law.india_max_minor, low=0, high=law.india_max_minor),
    )


def _late_fees(table: _Table) -> Mapping[str, int]:
    fees = {}
    for currency, minor in table.rest().items():
        try:
            checked_currency(currency)
        except CurrencyRefused:
            raise PolicyRefused(f"{table.at(currency)}: a currency has three letters, as INR") from None
        if type(minor) is not int or not 0 < minor <= LATE_FEE_MINOR_MAX:
            raise PolicyRefused(
                f"{table.at(currency)} must be 1 to {LATE_FEE_MINOR_MAX} minor units, as 50000 for 500.00"
            )
        fees[currency] = minor
    return fees
