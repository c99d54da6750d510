"""What gateways say besides payments and refunds, by status and minutes after noon; built by `make`."""

from datetime import timedelta

from bursar.rules.facts import (
    ConversionFact,
    CustomerFact,
    DisputeFact,
    DisputeFundsFact,
    DowntimeFact,
    FeeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    PaymentMethodFact,
    SettlementFact,
    SubscriptionFact,
)
from bursar.rules.states import (
    DisputeStatus,
    DowntimeStatus,
    FraudWarningStatus,
    FundsDirection,
    GatewayCustomerStatus,
    GatewayInvoiceStatus,
    PaymentMethodStatus,
    SettlementStatus,
    SubscriptionStatus,
)
from tests.rules import make
from tests.rules.make import NOON


def at(minutes):
    """Some minutes after noon; None where the gateway gives no time."""
    return None if minutes is None else NOON + timedelta(minutes=minutes)


def disputed(status=DisputeStatus.NEEDS_RESPONSE, amount_minor=100, *, minutes=0, **more) -> DisputeFact:
    """A word about the dispute dp_1 of pi_1."""
    return make.disputed(amount_minor, status, occurred_at=at(minutes), **more)


def funds(direction=FundsDirection.WITHDRAWN, amount_minor=100, **more) -> DisputeFundsFact:
    """Contested money that went, or came back."""
    return make.contested(amount_minor, direction, **more)


def fee(fee_minor, *, tax_minor=0, minutes=0, source="txn_1") -> FeeFact:
    """What the gateway kept of pi_1."""
    return make.charged(fee_minor, tax_minor, source, occurred_at=at(minutes))


def converted(sold_minor, bought_minor, *, minutes=0) -> ConversionFact:
    """A payment in dollars that was settled in rupees."""
    return make.converted(sold_minor, bought_minor, occurred_at=at(minutes))


def settled(status=SettlementStatus.PAID, amount_minor=90, *, minutes=0) -> SettlementFact:
    """Money on its way to our bank."""
    return make.settled(amount_minor, status, occurred_at=at(minutes))


def subscribed(status=SubscriptionStatus.ACTIVE, *, minutes=0) -> SubscriptionFact:
    """A word about the subscription sub_1."""
    return SubscriptionFact(subscription="sub_1", status=status, occurred_at=at(minutes))


def warned(status=FraudWarningStatus.ACTIONABLE, *, minutes=0, payment="pi_1") -> FraudWarningFact:
    """The card network suspects a payment."""
    return FraudWarningFact(warning="issfr_1", status=status, payment=payment, occurred_at=at(minutes))


def snapshots():
    """One word about an object of every kind that moves no money."""
    return [
        subscribed(),
        GatewayInvoiceFact(
            invoice="in_1", status=GatewayInvoiceStatus.OPEN, occurred_at=NOON, payment="pi_1"
        ),
        PaymentMethodFact(method="pm_1", status=PaymentMethodStatus.ATTACHED, occurred_at=NOON),
        CustomerFact(gateway_customer="cus_1", status=GatewayCustomerStatus.ACTIVE, occurred_at=NOON),
        warned(),
        DowntimeFact(downtime="down_1", status=DowntimeStatus.STARTED, occurred_at=NOON),
    ]
