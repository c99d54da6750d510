"""Whether a card may be charged without its owner: networks' budgets, advice, India's e-mandates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bursar.rules.dunning.declining import Network, Retry, advised_wait, retry_class
from bursar.rules.dunning.policy import RetryLaw

_DAY = timedelta(hours=24)
_MONTH = timedelta(days=30)
INDIAN = "INR"
"""Whose cards these are nobody tells; the currency says whose law is held to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A saved way to pay."""

    key: str
    """The gateway's name for the same card under any id, or its id."""
    network: Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A charge of it before, without its owner."""

    at: datetime
    card: str
    amount_minor: int
    currency: str
    declined: bool
    decline_code: str | None = None
    advice_code: str | None = None
    network_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A notice of a charge to come."""

    at: datetime
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be charged now."""


@dataclass(frozen=True, slots=True)
class NotBefore:
    """Not yet."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class NoticeFirst:
    """Its owner must be told first."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Not at all; a link is sent instead."""

    why: str


Verdict = Allowed | NotBefore | NoticeFirst | Forbidden


def may_charge(
    law: RetryLaw,
    card: Card,
    *,
    amount_minor: int,
    currency: str,
    attempts: Iterable[Attempt],
    notices: Sequence[Noticed],
    now: datetime,
) -> Verdict:
    """Judge one charge of one card. `attempts`: of this card, whoever it was for; of others, passed over.

    What a customer pays himself is no attempt: it does not consume the budget.
    """
    own = [attempt for attempt in attempts if attempt.card == card.key]
    forbidden = _forbidden(card, own)
    if forbidden:
        return forbidden
    waits = [
        *_advised(card, own),
        *_budgets(law, card, own, amount_minor, currency, now),
    ]
    latest = max(waits, key=lambda wait: wait.until, default=None)
    if latest and latest.until > now:
        return latest
    return _indian(law, own, amount_minor, notices, now) if currency == INDIAN else Allowed()


def best(verdicts: Sequence[Verdict]) -> Verdict:
    """What several cards come to: the one that may be charged soonest; the first of equals."""
    order = [Allowed, NoticeFirst, NotBefore, Forbidden]
    return min(verdicts, key=lambda each: order.index(type(each)), default=Forbidden("no card is saved"))


def _forbidden(card: Card, attempts: Iterable[Attempt]) -> Forbidden | None:
    words = {
        Retry.NEVER: "the bank said never to try this card again",
        Retry.WITH_OWNER: "the bank wants the owner of the card there",
    }
    for attempt in attempts:
        if not attempt.declined:
            continue
        said = retry_class(card.network, attempt.decline_code, attempt.advice_code, attempt.network_code)
        if said in words:
            return Forbidden(words[said])
    return None


def _advised(card: Card, attempts: Iterable[Attempt]) -> Iterable[NotBefore]:
    for attempt in attempts:
        wait = advised_wait(card.network, attempt.network_code)
        if attempt.declined and wait:
            yield NotBefore(attempt.at + wait, "the network wants the card left alone")


def _budgets(
    law: RetryLaw, card: Card, attempts: Iterable[Attempt], amount_minor: int, currency: str, now: datetime
) -> Iterable[NotBefore]:
    everything = sorted(attempt.at for attempt in attempts)
    alike = sorted(
        attempt.at
        for attempt in attempts
        if (attempt.amount_minor, attempt.currency) == (amount_minor, currency)
    )
    if card.network in (Network.VISA, Network.UNKNOWN):
        yield from _budget(alike, law.visa_30d_max, _MONTH, now)
    if card.network in (Network.MASTERCARD, Network.UNKNOWN):
        yield from _budget(everything, law.mastercard_24h_max, _DAY, now)
        yield from _budget(everything, law.mastercard_30d_max, _MONTH, now)


def _budget(times: Sequence[datetime], most: int, window: timedelta, now: datetime) -> Iterable[NotBefore]:
    """Full until so many have left the window that one more fits."""
    if most == 0:
        yield NotBefore(now + window, "the policy allows no charge of this card")
    elif len(times) >= most:
        yield NotBefore(times[-most] + window, f"{most} charges in {window.days} days are used up")


def _indian(
    law: RetryLaw, attempts: Sequence[Attempt], amount_minor: int, notices: Sequence[Noticed], now: datetime
) -> Verdict:
    """RBI: told 24 hours before each charge, of the same amount; above the limit only with its owner."""
    if amount_minor > law.india_max_minor:
        return Forbidden("an e-mandate may not take so much without its owner")
    last = max((attempt.at for attempt in attempts), default=None)
    told = [
        notice.at
        for notice in notices
        if notice.amount_minor == amount_minor and (last is None or notice.at > last)
    ]
    if not told:
        return NoticeFirst()
    until = min(told) + law.india_notice
    return NotBefore(until, "the notice of the charge is not a day old") if until > now else Allowed()
