"""What a gateway says about a payment that the payer's bank contests."""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.kinds import FactKind
from bursar.rules.states import DisputeStatus, FundsDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFact:
    """The state of one dispute: a register. Its money moves separately, by `DisputeFundsFact`."""

    status: DisputeStatus
    dispute: str
    payment: str
    """A gateway id of the contested payment; the fact waits until that id is known."""
    amount_minor: int
    currency: str
    occurred_at: datetime | None
    """When the gateway said so, not when the dispute began."""
    reason: str | None = None
    respond_by: datetime | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.DISPUTE_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.dispute, self.payment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFundsFact:
    """The gateway took contested money from our balance, or gave it back."""

    movement: str
    """The gateway's id of this movement (a balance transaction), or `<dispute>:withdrawn|reinstated`
    where the gateway has none. It counts once."""
    direction: FundsDirection
    dispute: str
    payment: str
    """A gateway id of the contested payment; the fact waits until that id is known."""
    amount_minor: int
    """Positive, in the currency of the dispute; what it was settled in is a `ConversionFact`."""
    currency: str
    occurred_at: datetime | None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.DISPUTE_FUNDS_MOVED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.movement, self.dispute, self.payment)
