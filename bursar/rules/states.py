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


class CheckoutStatus(StrEnum):
    """The life of one checkout session, order or payment link."""

    OPEN = "open"
    EXPIRED = "expired"
    COMPLETED = "completed"


CHECKOUT_RANK = {status: rank for rank, status in enumerate(CheckoutStatus)}


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
