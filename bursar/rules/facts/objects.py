"""Snapshots of other objects at the gateway: registers that move no money by themselves.

Of one object the snapshot with the highest (occurred_at, rank of its status, key of its event) is kept.
"""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.kinds import FactKind
from bursar.rules.states import (
    DowntimeStatus,
    FraudWarningStatus,
    GatewayCustomerStatus,
    GatewayInvoiceStatus,
    PaymentMethodStatus,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFact:
    """A subscription at the gateway."""

    subscription: str
    status: SubscriptionStatus
    occurred_at: datetime | None
    gateway_customer: str | None = None
    customer: str | None = None
    """The host's reference of the subscriber, from metadata or notes."""
    plans: tuple[str, ...] = ()
    """Gateway ids of the prices or plans."""
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at_period_end: bool = False
    trial_end: datetime | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.SUBSCRIPTION_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.subscription,)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInvoiceFact:
    """An invoice of the gateway's own billing (a renewal, a Razorpay invoice)."""

    invoice: str
    status: GatewayInvoiceStatus
    occurred_at: datetime | None
    subscription: str | None = None
    payment: str | None = None
    """The gateway id of the payment, where the event names it."""
    gateway_customer: str | None = None
    due_minor: int | None = None
    paid_minor: int | None = None
    currency: str | None = None
    attempts: int | None = None
    next_attempt_at: datetime | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.GATEWAY_INVOICE_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.invoice,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodFact:
    """A saved card, mandate or wallet. No number of it but the last four digits."""

    method: str
    status: PaymentMethodStatus
    occurred_at: datetime | None
    gateway_customer: str | None = None
    type: str | None = None
    brand: str | None = None
    last4: str | None = None
    expires: tuple[int, int] | None = None
    """(year, month) after which a card is refused."""
    fingerprint: str | None = None
    """The gateway's name for the same card under any id."""

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.PAYMENT_METHOD_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.method,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFact:
    """The gateway's record of a customer. Name and address stay there."""

    gateway_customer: str
    status: GatewayCustomerStatus
    occurred_at: datetime | None
    customer: str | None = None
    """The host's reference, from metadata or notes."""
    default_method: str | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.CUSTOMER_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.gateway_customer,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudWarningFact:
    """The card network suspects a payment of fraud before any dispute."""

    warning: str
    status: FraudWarningStatus
    payment: str
    """A gateway id of the payment; the fact waits until that id is known."""
    occurred_at: datetime | None
    reason: str | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.FRAUD_WARNED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.warning, self.payment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimeFact:
    """A way to pay that does not work at the gateway for a while."""

    downtime: str
    status: DowntimeStatus
    occurred_at: datetime | None
    method: str | None = None
    severity: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.DOWNTIME_CHANGED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.downtime,)
