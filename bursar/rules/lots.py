"""Payments as placement sees them, and where their money lies. Frozen values."""

from collections.abc import Mapping
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


class Lot(NamedTuple):
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
    def pays(self) -> bool:
        """Whether its money can lie on invoices: it succeeded, and is somebody's."""
        return self.customer_id is not None and self.seq is not None

    @property
    def suspense_minor(self) -> int:
        """What was taken back beyond what came in."""
        taken_minor = sum(taking.amount_minor for taking in self.takings)
        return max(0, taken_minor - self._captured_minor)

    def left_minor(self, until_seq: int | None = None) -> int:
        """What is left after everything that was taken back before a place in the order, or at all."""
        left_minor = self._captured_minor
        for taking in self.takings:
            if taking.reopens or until_seq is None or taking.seq < until_seq:
                left_minor -= taking.amount_minor
        return max(0, left_minor)

    @property
    def _captured_minor(self) -> int:
        return 0 if self.seq is None else self.amount_minor


class Placement(NamedTuple):
    """Where a payment's money lies. Allocated + credit + unidentified - suspense = what is left of it."""

    customer_id: UUID | None
    credit_minor: int = 0
    """Held credit included."""
    held_minor: int = 0
    """Credit of a double payment: it pays nothing else until a person decides."""
    unidentified_minor: int = 0
    suspense_minor: int = 0
    shares: Mapping[UUID, Share] = NO_SHARES

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """Credit, the held part of it, unidentified, suspense."""
        return self.credit_minor, self.held_minor, self.unidentified_minor, self.suspense_minor
