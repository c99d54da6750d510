"""What a gateway says about money going back."""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.kinds import FactKind
from bursar.rules.states import RefundEffect, RefundStatus

TAKEN_BACK = "returned"
"""The reason of a refund that nobody made: the bank took its transfer or cheque back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """The state of one refund."""

    status: RefundStatus
    refund: str
    payment: str
    """A gateway id of the payment it takes money from; the fact waits until that id is known."""
    amount_minor: int
    currency: str
    occurred_at: datetime | None
    reason: str | None = None
    effect: RefundEffect = RefundEffect.CANCEL
    """What whoever asked for it here wanted; every word of the gateway about it repeats that."""

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.REFUND_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.refund, self.payment)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWatermark:
    """How much of a payment was refunded in all so far. Never posts: it only finds missing refunds."""

    payment: str
    refunded_minor: int
    currency: str
    occurred_at: datetime | None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.REFUND_WATERMARK

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.payment,)
