"""What a gateway does to our balance besides payments and refunds: fees, exchanges, settlements.

Each is keyed by a gateway id and counts once; a later, different value posts the difference.
"""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.kinds import FactKind
from bursar.rules.states import SettlementStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeFact:
    """What the gateway kept for its service."""

    source: str
    """The balance transaction (Stripe) or the payment (Razorpay) it was charged with."""
    about: str
    """The gateway id of the payment, refund or dispute it was charged for; informative."""
    fee_minor: int
    """Tax included. Negative where a fee is given back; never 0."""
    tax_minor: int = 0
    """The part of the fee that is input tax, of the same sign."""
    currency: str
    occurred_at: datetime | None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.FEE_KNOWN

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.source,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionFact:
    """The gateway settled an amount in another currency. Both amounts have the same sign."""

    source: str
    """The balance transaction (Stripe) or the payment (Razorpay) it happened with."""
    about: str
    """The gateway id of the payment, refund or dispute; informative."""
    sold_minor: int
    """What left our balance in the currency of the payment: positive for a payment, negative for money
    that goes back to the payer."""
    sold_currency: str
    bought_minor: int
    """What came into our balance in the currency of settlement."""
    bought_currency: str
    occurred_at: datetime | None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.CURRENCY_CONVERTED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.source,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFact:
    """Money on its way from the gateway to our bank: a payout (Stripe), a settlement (Razorpay)."""

    status: SettlementStatus
    settlement: str
    amount_minor: int
    """Negative where the gateway takes money from our bank account."""
    currency: str
    occurred_at: datetime | None
    reference: str | None = None
    """The bank's reference (UTR, trace id), to be found on its statement."""

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.SETTLEMENT_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.settlement,)
