"""What a gateway says about money coming in, and about the session, order or link it came through."""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.claims import NO_CLAIMS, Claims
from bursar.rules.facts.kinds import FactKind
from bursar.rules.states import CheckoutStatus, PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact:
    """The state of one payment."""

    status: PaymentStatus
    payment: str
    """The gateway's id under which this payment is credited once."""
    aliases: tuple[str, ...] = ()
    """Other gateway ids of the same payment (a Stripe charge)."""
    amount_minor: int
    currency: str
    occurred_at: datetime | None
    claims: Claims = NO_CLAIMS
    method: str | None = None
    """card, upi, netbanking ... as the gateway names it."""
    attempt: str | None = None
    """Gateway id of the single attempt (charge) this speaks of."""
    decline_code: str | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return _PAYMENT_KINDS[self.status]

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.payment, *self.aliases, *self.claims.checkouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutFact:
    """A checkout session, order or link was completed or expired. Moves no money by itself."""

    status: CheckoutStatus
    checkout: str
    payment: str | None = None
    occurred_at: datetime | None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return _CHECKOUT_KINDS[self.status]

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.checkout, self.payment) if self.payment else (self.checkout,)


_PAYMENT_KINDS = {
    PaymentStatus.SUCCEEDED: FactKind.PAYMENT_SUCCEEDED,
    PaymentStatus.FAILED: FactKind.PAYMENT_FAILED,
    PaymentStatus.PROCESSING: FactKind.PAYMENT_PROCESSING,
    PaymentStatus.REQUIRES_ACTION: FactKind.PAYMENT_REQUIRES_ACTION,
    PaymentStatus.AUTHORIZED: FactKind.PAYMENT_AUTHORIZED,
    PaymentStatus.CANCELED: FactKind.PAYMENT_CANCELED,
}
_CHECKOUT_KINDS = {
    CheckoutStatus.COMPLETED: FactKind.CHECKOUT_COMPLETED,
    CheckoutStatus.EXPIRED: FactKind.CHECKOUT_EXPIRED,
}
