"""What PayPal's API can be asked for, by the word that stands in `NeedsFetch.kind` and after `fetched.`."""

from enum import StrEnum

FETCHED_PREFIX = "fetched."
"""A fetched object enters the inbox as `fetched.<kind>`; its document is the object as the API wrote it."""


class Kind(StrEnum):
    """One kind of object, and where it is asked for."""

    CAPTURE = "capture"
    """GET /v2/payments/captures/{id}"""
    REFUND = "refund"
    """GET /v2/payments/refunds/{id}"""
    REVERSAL = "reversal"
    """GET /v2/payments/refunds/{id}: money that PayPal took back, written like a refund."""
    ORDER = "order"
    """GET /v2/checkout/orders/{id}"""
    SALE = "sale"
    """GET /v1/payments/sale/{id}: how subscriptions are paid."""
    SALE_REFUND = "sale_refund"
    """GET /v1/payments/refund/{id}"""
    SALE_REVERSAL = "sale_reversal"
    """GET /v1/payments/refund/{id}"""
    SUBSCRIPTION = "subscription"
    """GET /v1/billing/subscriptions/{id}"""
    DISPUTE = "dispute"
    """GET /v1/customer/disputes/{id}"""

    @property
    def fetched_type(self) -> str:
        """The type under which it enters the inbox."""
        return FETCHED_PREFIX + self.value
