"""Stored facts as facts again: the exact inverse of how they are written."""

import types
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from bursar.errors import Broken
from bursar.rules.facts import (
    AttributionFact,
    CheckoutFact,
    ConversionFact,
    CustomerFact,
    DisputeFact,
    DisputeFundsFact,
    DowntimeFact,
    Fact,
    FactKind,
    FeeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    PaymentFact,
    PaymentMethodFact,
    RefundFact,
    RefundWatermark,
    SettlementFact,
    SubscriptionFact,
    WriteOffFact,
)

TYPES: dict[FactKind, type[Fact]] = {
    FactKind.PAYMENT_SUCCEEDED: PaymentFact,
    FactKind.PAYMENT_FAILED: PaymentFact,
    FactKind.PAYMENT_PROCESSING: PaymentFact,
    FactKind.PAYMENT_REQUIRES_ACTION: PaymentFact,
    FactKind.PAYMENT_AUTHORIZED: PaymentFact,
    FactKind.PAYMENT_CANCELED: PaymentFact,
    FactKind.PAYMENT_ATTRIBUTED: AttributionFact,
    FactKind.INVOICE_GIVEN_UP: WriteOffFact,
    FactKind.CHECKOUT_COMPLETED: CheckoutFact,
    FactKind.CHECKOUT_EXPIRED: CheckoutFact,
    FactKind.REFUND_CHANGED: RefundFact,
    FactKind.REFUND_WATERMARK: RefundWatermark,
    FactKind.DISPUTE_CHANGED: DisputeFact,
    FactKind.DISPUTE_FUNDS_MOVED: DisputeFundsFact,
    FactKind.FEE_KNOWN: FeeFact,
    FactKind.CURRENCY_CONVERTED: ConversionFact,
    FactKind.SETTLEMENT_CHANGED: SettlementFact,
    FactKind.GATEWAY_INVOICE_CHANGED: GatewayInvoiceFact,
    FactKind.SUBSCRIPTION_CHANGED: SubscriptionFact,
    FactKind.PAYMENT_METHOD_CHANGED: PaymentMethodFact,
    FactKind.CUSTOMER_CHANGED: CustomerFact,
    FactKind.FRAUD_WARNED: FraudWarningFact,
    FactKind.DOWNTIME_CHANGED: DowntimeFact,
}
"""Every kind under which a fact is stored."""


def fact_from(kind: str, data: dict[str, Any]) -> Fact:
    """The fact that was stored so. Raises Broken for what was never written by us."""
    try:
        fact: Fact = _value(TYPES[FactKind(kind)], data)
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"a stored fact cannot be read: {kind}: {error}") from error
    return fact


def _value(kind: Any, stored: Any) -> Any:
    """A stored JSON value as the type that a field declares."""
    if stored is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        known = {name: _value(hints[name], each) for name, each in stored.items()}
        return kind(**known)
    if get_origin(kind) in {types.UnionType, Union}:
        [kind] = [each for each in get_args(kind) if each is not types.NoneType]
        return _value(kind, stored)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), stored)
    if kind is datetime:
        return datetime.fromisoformat(stored)
    return kind(stored) if issubclass(kind, StrEnum) else stored


def _tuple(kinds: tuple[Any, ...], stored: list[Any]) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        return tuple(_value(kinds[0], each) for each in stored)
    return tuple(_value(kind, each) for kind, each in zip(kinds, stored, strict=True))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
