"""What a gateway says beside what the books say: where they differ, and what to ask about it.

Both sides are folded into one value per object, so neither the order of what was told nor doublets matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from bursar.rules.facts import DisputeFact, Fact, FeeFact, PaymentFact, RefundFact
from bursar.rules.money_text import money_text
from bursar.rules.registers import Stamp, stamp
from bursar.rules.states import SettlementStatus

OVERLAP = timedelta(hours=48)
"""How far a window reaches back into the one before: gateways show some things late, repeats cost nothing."""
BACK_MAX = timedelta(days=30)
"""How far an open difference is looked at again: Stripe keeps its events for 30 days."""
SLICE = timedelta(days=3)
"""A long window is gone through in parts of this length: what a kill can undo."""


class RunKind(StrEnum):
    """What a run does; the wire name of its task ends like this."""

    BACKFILL = "backfill"
    DIFF = "diff"
    SETTLE = "settle"


class Thing(StrEnum):
    """What is compared."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"


class Difference(StrEnum):
    """How one thing differs."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    CURRENCY = "currency"
    AMOUNT = "amount"
    STATUS = "status"
    FEE = "fee"


class Name(NamedTuple):
    """One thing, by the gateway's id for it."""

    thing: Thing
    id: str


class Standing(NamedTuple):
    """How one thing stands on one side."""

    status: str
    amount_minor: int
    currency: str
    about: str | None = None
    """The gateway's id of the payment; of a fee, of what it was charged for."""


class Differing(NamedTuple):
    """One thing that the two sides do not agree about."""

    name: Name
    differences: tuple[Difference, ...]
    theirs: Standing | None
    ours: Standing | None

    @property
    def detail(self) -> str:
        """In words, for the person who gets the break."""
        said = ", ".join(each.replace("_", " ") for each in self.differences)
        return f"{said}: the gateway has {_words(self.theirs)}, the books have {_words(self.ours)}"


@dataclass(slots=True)
class Told:
    """What a gateway said about everything, folded as it comes."""

    standings: dict[Name, Standing] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    """Every id that was named, other ids of the same payment included."""
    _orders: dict[Name, tuple[Any, ...]] = field(default_factory=dict)

    def hear(self, facts: Iterable[Fact], key: str) -> None:
        """Take in what one event or object said. `key`: its identity, which decides between equal times."""
        for fact in facts:
            read = _READERS.get(type(fact))
            if read is None:
                continue
            name, order, standing = read(fact, key)
            self.heard.update(fact.gateway_ids)
            if name not in self._orders or order > self._orders[name]:
                self._orders[name] = order
                self.standings[name] = standing


def compare(
    theirs: Told, ours: Mapping[Name, Standing], confirmed: Iterable[Name] = ()
) -> tuple[Differing, ...]:
    """Everything the two sides differ in, sorted by name.

    `confirmed`: what the gateway did not list but has, as it said when it was asked.
    """
    known = set(confirmed)
    found = []
    for name in sorted(theirs.standings.keys() | ours.keys()):
        there, here = theirs.standings.get(name), ours.get(name)
        if there is None and (name.id in theirs.heard or name in known):
            continue
        differences = _differences(name.thing, there, here)
        if differences:
            found.append(Differing(name, differences, there, here))
    return tuple(found)


def to_fetch(differing: Iterable[Differing], here: Mapping[Name, Standing]) -> tuple[Name, ...]:
    """What to ask the gateway for anew, sorted. A fee comes with what it was charged for.

    A refund or dispute means nothing without its payment: that is asked for first where it is not here.
    """
    wanted = set()
    for each in differing:
        about = each.theirs.about if each.theirs else None
        if each.name.thing is Thing.FEE:
            wanted.add(Name(Thing.PAYMENT, about or each.name.id))
            continue
        wanted.add(each.name)
        if about and each.ours is None and Name(Thing.PAYMENT, about) not in here:
            wanted.add(Name(Thing.PAYMENT, about))
    return tuple(sorted(wanted))


class Span(NamedTuple):
    """A span of time, both ends included, UTC."""

    since: datetime
    until: datetime


def next_span(now: datetime, last_until: datetime | None, oldest_open: datetime | None = None) -> Span:
    """Since the last complete window, with the overlap, and as far back as a difference is still open."""
    since = min(last_until or now, now) - OVERLAP
    if oldest_open is not None:
        since = min(since, max(oldest_open - OVERLAP, now - BACK_MAX))
    return Span(since, now)


def slices(span: Span, done_until: datetime | None = None) -> tuple[Span, ...]:
    """The parts of a span that are still to be gone through, oldest first."""
    parts = []
    begin = max(done_until, span.since) if done_until else span.since
    while begin < span.until:
        end = min(begin + SLICE, span.until)
        parts.append(Span(begin, end))
        begin = end
    return tuple(parts)


def _differences(thing: Thing, theirs: Standing | None, ours: Standing | None) -> tuple[Difference, ...]:
    if theirs == ours:
        return ()
    if thing is Thing.FEE:
        # One that only the books know came with an event that is not in the window.
        return (Difference.FEE,) if theirs and not _same_money(theirs, ours) else ()
    if ours is None:
        return (Difference.MISSING_HERE,)
    if theirs is None:
        return (Difference.MISSING_THERE,)
    found = []
    if theirs.currency != ours.currency:
        found.append(Difference.CURRENCY)
    elif theirs.amount_minor != ours.amount_minor and theirs.status == ours.status:
        found.append(Difference.AMOUNT)  # before it succeeded, a payment may still become another sum
    if theirs.status != ours.status:
        found.append(Difference.STATUS)
    return tuple(found)


def _same_money(theirs: Standing, ours: Standing | None) -> bool:
    return ours is not None and (theirs.amount_minor, theirs.currency) == (ours.amount_minor, ours.currency)


def _words(standing: Standing | None) -> str:
    if standing is None:
        return "nothing"
    return f"{money_text(standing.amount_minor, standing.currency)} {standing.status}"


_Read = tuple[Name, tuple[Any, ...], Standing]


def _payment(fact: PaymentFact, key: str) -> _Read:
    """A lattice: the highest state stays, of two alike the later word."""
    said = stamp(fact.occurred_at, fact.status, key)
    standing = Standing(fact.status, fact.amount_minor, fact.currency)
    return Name(Thing.PAYMENT, fact.payment), (said.rank, said), standing


def _refund(fact: RefundFact, key: str) -> _Read:
    said = stamp(fact.occurred_at, fact.status, key)
    standing = Standing(fact.status, fact.amount_minor, fact.currency, fact.payment)
    return Name(Thing.REFUND, fact.refund), (said.rank, said), standing


def _dispute(fact: DisputeFact, key: str) -> _Read:
    """A register: the latest word stays."""
    standing = Standing(fact.status, fact.amount_minor, fact.currency, fact.payment)
    return Name(Thing.DISPUTE, fact.dispute), (stamp(fact.occurred_at, fact.status, key),), standing


def _fee(fact: FeeFact, key: str) -> _Read:
    said: Stamp = stamp(fact.occurred_at, SettlementStatus.PAID, key)
    standing = Standing("charged", fact.fee_minor, fact.currency, fact.about)
    return Name(Thing.FEE, fact.source), (said,), standing


_READERS: dict[type[Any], Any] = {
    PaymentFact: _payment,
    RefundFact: _refund,
    DisputeFact: _dispute,
    FeeFact: _fee,
}
"""`Any`: each takes the fact it stands beside."""
