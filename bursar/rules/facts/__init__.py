"""What any gateway's event becomes: gateway-free statements about money. No personal data in them.

A fact is a claim, not a command: what it does to the books is decided in `bookkeeping`.
"""

from bursar.rules.facts.balance import ConversionFact, FeeFact, SettlementFact
from bursar.rules.facts.claims import NO_CLAIMS, Claims
from bursar.rules.facts.disputes import DisputeFact, DisputeFundsFact
from bursar.rules.facts.kinds import FactKind
from bursar.rules.facts.objects import (
    CustomerFact,
    DowntimeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    PaymentMethodFact,
    SubscriptionFact,
)
from bursar.rules.facts.payments import CheckoutFact, PaymentFact
from bursar.rules.facts.refunds import RefundFact, RefundWatermark
from bursar.rules.facts.rulings import AttributionFact, WriteOffFact

BalanceFact = DisputeFundsFact | FeeFact | ConversionFact | SettlementFact
"""What moves money at the gateway besides payments and refunds."""
ObjectFact = (
    SubscriptionFact | GatewayInvoiceFact | PaymentMethodFact | CustomerFact | FraudWarningFact | DowntimeFact
)
"""A snapshot of an object that moves no money by itself."""
Fact = (
    PaymentFact
    | AttributionFact
    | WriteOffFact
    | CheckoutFact
    | RefundFact
    | RefundWatermark
    | DisputeFact
    | DisputeFundsFact
    | FeeFact
    | ConversionFact
    | SettlementFact
    | SubscriptionFact
    | GatewayInvoiceFact
    | PaymentMethodFact
    | CustomerFact
    | FraudWarningFact
    | DowntimeFact
)
ClaimingFact = PaymentFact | AttributionFact | WriteOffFact
"""What names somebody or something of ours."""
TakingFact = RefundFact | RefundWatermark | DisputeFact | DisputeFundsFact | FraudWarningFact
"""What speaks of money that goes back, or may: it means nothing without its payment."""


def payment_needed(fact: Fact) -> str | None:
    """The gateway id of the payment without which a fact means nothing yet; its event waits for it."""
    return fact.payment if isinstance(fact, TakingFact | AttributionFact) else None


def payment_named(fact: Fact) -> str | None:
    """The gateway id of the payment a fact speaks of, where it names one."""
    match fact:
        case PaymentFact() | CheckoutFact() | GatewayInvoiceFact():
            return fact.payment
        case FeeFact() | ConversionFact():
            return fact.about
    return payment_needed(fact)


__all__ = [
    "NO_CLAIMS",
    "AttributionFact",
    "BalanceFact",
    "CheckoutFact",
    "ClaimingFact",
    "Claims",
    "ConversionFact",
    "CustomerFact",
    "DisputeFact",
    "DisputeFundsFact",
    "DowntimeFact",
    "Fact",
    "FactKind",
    "FeeFact",
    "FraudWarningFact",
    "GatewayInvoiceFact",
    "ObjectFact",
    "PaymentFact",
    "PaymentMethodFact",
    "RefundFact",
    "RefundWatermark",
    "SettlementFact",
    "SubscriptionFact",
    "WriteOffFact",
    "payment_named",
    "payment_needed",
]
