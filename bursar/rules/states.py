"""The states of gateway objects, and which of two states wins. Order of arrival never matters.

Payments and refunds are lattices: each state has a rank, the higher rank stays, so any
permutation of the same events ends in the same state. What loses is *stale*: stored, audited, no effect.
"""

from enum import StrEnum


class PaymentStatus(StrEnum):
    """The life of one payment, in Bursar's words."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    UNKNOWN = "unknown"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


PAYMENT_RANK = {status: rank for rank, status in enumerate(PaymentStatus)}
"""Succeeded is terminal and above failed, expired and canceled: a late authorisation is money."""


class RefundStatus(StrEnum):
    """The life of one refund."""

    REQUESTED = "requested"
    REJECTED = "rejected"
    APPROVED = "approved"
    UNKNOWN = "unknown"
    PENDING = "pending"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_RANK = {status: rank for rank, status in enumerate(RefundStatus)}
"""Failed is above succeeded: banks return refunds weeks later; success after failure is stale."""


class RefundEffect(StrEnum):
    """What a refund means for what is owed."""

    CANCEL = "cancel"
    """The charge is taken back with the money: nobody is dunned for refunded money."""
    REOPEN = "reopen"
    """What it had paid is owed again."""


class DisputeStatus(StrEnum):
    """Where a dispute stands, lowest rank first. A register: the latest word stays, rank breaks ties."""

    INQUIRY = "inquiry"
    """The bank asks; no money has moved (Stripe `warning_*`, Razorpay phase `retrieval`)."""
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    CLOSED = "closed"
    """Ended without a loss: an inquiry that came to nothing, or one that we prevented by a refund."""
    WON = "won"
    LOST = "lost"


OPEN_DISPUTES = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW})
"""While one of these stands, what the payment paid for is suspended."""


class FundsDirection(StrEnum):
    """Which way contested money went."""

    WITHDRAWN = "withdrawn"
    REINSTATED = "reinstated"


class SettlementStatus(StrEnum):
    """A payout to our bank, lowest rank first: banks return what was paid."""

    PENDING = "pending"
    CANCELED = "canceled"
    PAID = "paid"
    FAILED = "failed"


class SubscriptionStatus(StrEnum):
    """A subscription at any gateway, lowest rank first."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    UNPAID = "unpaid"
    COMPLETED = "completed"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"


class GatewayInvoiceStatus(StrEnum):
    """An invoice of a gateway's own billing, lowest rank first."""

    DRAFT = "draft"
    OPEN = "open"
    ACTION_REQUIRED = "action_required"
    PAYMENT_FAILED = "payment_failed"
    OVERDUE = "overdue"
    PARTIALLY_PAID = "partially_paid"
    UNCOLLECTIBLE = "uncollectible"
    EXPIRED = "expired"
    VOID = "void"
    PAID = "paid"
    OVERPAID = "overpaid"


class PaymentMethodStatus(StrEnum):
    """Whether a saved way to pay can be charged, lowest rank first."""

    ATTACHED = "attached"
    PAUSED = "paused"
    DETACHED = "detached"


class GatewayCustomerStatus(StrEnum):
    """A customer record at a gateway."""

    ACTIVE = "active"
    DELETED = "deleted"


class FraudWarningStatus(StrEnum):
    """Whether a refund could still prevent the dispute, lowest rank first."""

    ACTIONABLE = "actionable"
    SPENT = "spent"


class DowntimeStatus(StrEnum):
    """A way to pay that does not work, lowest rank first."""

    SCHEDULED = "scheduled"
    STARTED = "started"
    RESOLVED = "resolved"
    CANCELED = "canceled"


class CheckoutStatus(StrEnum):
    """The life of one checkout: a session, order, link, or a charge of a saved way to pay."""

    CREATING = "creating"
    """Asked for; the gateway has not answered yet."""
    OPEN = "open"
    FAILED = "failed"
    """No gateway would open it, or the charge was declined."""
    EXPIRED = "expired"
    COMPLETED = "completed"


CHECKOUT_RANK = {status: rank for rank, status in enumerate(CheckoutStatus)}


class CheckoutKind(StrEnum):
    """How the payer pays: what a checkout is at the gateway."""

    PAGE = "page"
    """On a page of the gateway: session or payment link."""
    INTENT = "intent"
    """On the host's own page: payment intent or order."""
    CHARGE = "charge"
    """Not at all: a saved way to pay is charged while the payer is away."""


class InvoiceStatus(StrEnum):
    """What an invoice is; paid, partial and overdue are computed, never stored."""

    DRAFT = "draft"
    OPEN = "open"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class EnrollmentState(StrEnum):
    """Both what an enrollment should be (desired) and what it is (observed)."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Paid for, but the payment is disputed; restored when the dispute is won."""
    WITHDRAWN = "withdrawn"


def payment_advances(current: PaymentStatus, incoming: PaymentStatus) -> bool:
    """Whether the incoming state outranks the current one."""
    return PAYMENT_RANK[incoming] > PAYMENT_RANK[current]


def refund_advances(current: RefundStatus, incoming: RefundStatus) -> bool:
    """Whether the incoming state outranks the current one."""
    return REFUND_RANK[incoming] > REFUND_RANK[current]


def checkout_advances(current: CheckoutStatus, incoming: CheckoutStatus) -> bool:
    """Whether the incoming state outranks the current one."""
    return CHECKOUT_RANK[incoming] > CHECKOUT_RANK[current]
