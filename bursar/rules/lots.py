"""Payments as placement sees them, and where their money lies. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from bursar.rules.allocation import Components, Policy
from bursar.rules.books import Share

NO_SHARES: Mapping[UUID, Share] = MappingProxyType({})


class Taking(NamedTuple):
    """Money that was taken back from a payment: a refund that succeeded, a dispute that was lost."""

    seq: int
    """Its place in the order of everything applied: it cancels nothing that is opened later."""
    amount_minor: int
    reopens: bool = False
    """What it had paid is owed again instead of cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One payment as placement sees it."""

    payment_id: UUID
    customer_id: UUID | None
    target: UUID | None
    """The invoice it was paid for, where we know."""
    seq: int | None
    """None until it succeeded; a refund may be told of first."""
    amount_minor: int
    policy: Policy = Policy.PRIORITY
    components: Components = ()
    takings: tuple[Taking, ...] = ()

    @property
    def suspense_minor(self) -> int:
        """What was taken back beyond what came in."""
        return max(0, self._taken_minor - self._captured_minor)

    def left_minor(self, until_seq: int | None = None) -> int:
        """What is left after everything that was taken back before a place in the order, or at all."""
        taken = sum(
            taking.amount_minor
            for taking in self.takings
            if taking.reopens or until_seq is None or taking.seq < until_seq
        )
        return max(0, self._captured_minor - taken)

    @property
    def _captured_minor(self) -> int:
        return 0 if self.seq is None else self.amount_minor

    @property
    def _taken_minor(self) -> int:
        return sum(taking.amount_minor for taking in self.takings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a payment's money lies. Allocated + credit + unidentified - suspense = what is left of it."""

    customer_id: UUID | None
    credit_minor: int = 0
    """Held credit included."""
    held_minor: int = 0
    """Credit of a double payment: it pays nothing else until a person decides."""
    unidentified_minor: int = 0
    suspense_minor: int = 0
    shares: Mapping[UUID, Share] = field(default_factory=lambda: NO_SHARES)

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """Credit, the held part of it, unidentified, suspense."""
        return self.credit_minor, self.held_minor, self.unidentified_minor, self.suspense_minor
