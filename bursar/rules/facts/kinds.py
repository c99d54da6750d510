"""The wire names of facts, as stored, and as shown to operators."""

from enum import StrEnum


class FactKind(StrEnum):
    """What an event can say about money and rights. Everything else an event says is ignored."""

    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_PROCESSING = "payment.processing"
    PAYMENT_REQUIRES_ACTION = "payment.requires_action"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_CANCELED = "payment.canceled"
    PAYMENT_ATTRIBUTED = "payment.attributed"
    INVOICE_GIVEN_UP = "invoice.given_up"
    CHECKOUT_COMPLETED = "checkout.completed"
    CHECKOUT_EXPIRED = "checkout.expired"
    REFUND_CHANGED = "refund.changed"
    REFUND_WATERMARK = "refund.watermark"
    DISPUTE_CHANGED = "dispute.changed"
    DISPUTE_FUNDS_MOVED = "dispute.funds_moved"
    FEE_KNOWN = "fee.known"
    CURRENCY_CONVERTED = "currency.converted"
    SETTLEMENT_CHANGED = "settlement.changed"
    GATEWAY_INVOICE_CHANGED = "gateway_invoice.changed"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    PAYMENT_METHOD_CHANGED = "payment_method.changed"
    CUSTOMER_CHANGED = "customer.changed"
    FRAUD_WARNED = "fraud.warned"
    DOWNTIME_CHANGED = "downtime.changed"
