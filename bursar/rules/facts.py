"""What any gateway's event becomes: gateway-free statements about money. No personal data in them.

A fact is a claim, not a command: what it does to the books is decided in `bookkeeping`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus


class FactKind(StrEnum):
    """The wire name of a fact, as stored and as shown to operators."""

    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_PROCESSING = "payment.processing"
    PAYMENT_AUTHORIZED = "payment.authorized"
    CHECKOUT_COMPLETED = "checkout.completed"
    CHECKOUT_EXPIRED = "checkout.expired"
    REFUND_CHANGED = "refund.changed"
    REFUND_WATERMARK = "refund.watermark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Whom and what the money is for, as far as the event says. Unverified strings."""

    invoice: str | None = None
    """Our invoice id, its number or the host's own reference, from metadata or notes."""
    customer: str | None = None
    """The host's reference of the student or payer, from metadata or notes."""
    track: str | None = None
    """Slug of the course track, from metadata or notes."""
    checkouts: tuple[str, ...] = ()
    """Gateway ids of the sessions, orders or links the payment came through."""
    gateway_customer: str | None = None
    """The gateway's own id of the customer."""


NO_CLAIMS = Claims()


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

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.REFUND_CHANGED


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


Fact = PaymentFact | CheckoutFact | RefundFact | RefundWatermark

_PAYMENT_KINDS = {
    PaymentStatus.SUCCEEDED: FactKind.PAYMENT_SUCCEEDED,
    PaymentStatus.FAILED: FactKind.PAYMENT_FAILED,
    PaymentStatus.PROCESSING: FactKind.PAYMENT_PROCESSING,
    PaymentStatus.AUTHORIZED: FactKind.PAYMENT_AUTHORIZED,
}
_CHECKOUT_KINDS = {
    CheckoutStatus.COMPLETED: FactKind.CHECKOUT_COMPLETED,
    CheckoutStatus.EXPIRED: FactKind.CHECKOUT_EXPIRED,
}


def gateway_ids(fact: Fact) -> tuple[str, ...]:
    """Every gateway id the fact names: what must be locked before it is decided."""
    match fact:
        case PaymentFact():
            return (fact.payment, *fact.aliases, *fact.claims.checkouts)
        case CheckoutFact():
            return (fact.checkout, fact.payment) if fact.payment else (fact.checkout,)
        case RefundFact():
            return (fact.refund, fact.payment)
    return (fact.payment,)
