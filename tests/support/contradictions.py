"""Where published events contradict each other: one gateway id, filled into examples of different stories.

Whatever is said first about such an object counts, and a break is opened; so it may end differently.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bursar.rules.facts import DisputeFact, Fact, PaymentFact, RefundFact
from bursar.rules.states import DisputeStatus
from tests.support.corpus import Published

_Values = dict[tuple[str, ...], set[tuple[object, ...]]]


class Contradiction(NamedTuple):
    """Objects of one account that events disagree about."""

    account: str
    ids: frozenset[str]
    """Gateway ids."""
    why: str


def contradictions(events: Sequence[Published]) -> set[Contradiction]:
    """Everything that events disagree about: two amounts, or one charge of two payments."""
    charges: dict[tuple[str, str], set[str]] = defaultdict(set)
    amounts: _Values = defaultdict(set)
    for account, fact in _facts(events):
        if isinstance(fact, PaymentFact):
            for name in (fact.payment, *fact.aliases):
                charges[account, name].add(fact.payment)
        for key, value in _fixed(fact):
            amounts[account, *key].add(value)
    shared = {
        Contradiction(account, frozenset(payments), "one charge of two payments")
        for (account, _), payments in charges.items()
        if len(payments) > 1
    }
    return shared | {
        Contradiction(account, frozenset({external_id}), "two amounts")
        for (account, external_id, *_), values in amounts.items()
        if len(values) > 1
    }


def _facts(events: Sequence[Published]) -> Iterator[tuple[str, Fact]]:
    return ((event.account, fact) for event in events for fact in event.facts)


def _fixed(fact: Fact) -> Iterator[tuple[tuple[str, ...], tuple[object, ...]]]:
    """What no two facts may say differently: an amount in one state, and what is refunded or disputed."""
    match fact:
        case PaymentFact():
            yield (fact.payment, fact.status), (fact.amount_minor, fact.currency)
        case RefundFact():
            yield (fact.refund,), (fact.payment, fact.amount_minor, fact.currency)
        case DisputeFact():
            yield (fact.dispute,), (fact.payment,)
            if fact.status is DisputeStatus.LOST:  # until then its amount is a register
                yield (fact.dispute, fact.status), (fact.amount_minor, fact.currency)
