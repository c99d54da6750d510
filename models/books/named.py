"""The gateway objects that the facts of a batch name, by what must be loaded of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from bursar.rules.books import External, Told
from bursar.rules.facts import (
    ConversionFact,
    DisputeFact,
    DisputeFundsFact,
    FeeFact,
    RefundFact,
    SettlementFact,
)
from bursar.rules.registers import OBJECT_KINDS


@dataclass(frozen=True, slots=True)
class Named:
    """(account, gateway id) of everything but payments, which go by their aliases."""

    refunds: list[External]
    disputes: list[External]
    movements: list[External]
    objects: list[External]

    @classmethod
    def of(cls, batch: Sequence[Told]) -> "Named":
        """What these facts name, sorted; nothing costs nothing."""
        refunds, disputes, movements, objects = set(), set(), set(), set()
        for told in batch:
            for fact in told.facts:
                if isinstance(fact, RefundFact):
                    refunds.add((told.account, fact.refund))
                elif isinstance(fact, DisputeFact | DisputeFundsFact):
                    disputes.add((told.account, fact.dispute))
                elif type(fact) in OBJECT_KINDS:
                    objects.add((told.account, fact.gateway_ids[0]))
                if isinstance(fact, DisputeFundsFact | FeeFact | ConversionFact | SettlementFact):
                    movements.add((told.account, fact.gateway_ids[0]))
        return cls(sorted(refunds), sorted(disputes), sorted(movements), sorted(objects))
