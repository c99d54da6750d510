"""Stripe's amounts and ours. Facts carry ISO 4217 minor units; Stripe counts three currencies differently.

| currency | ISO 4217 decimals | Stripe's API | so |
|---|---|---|---|
| ISK, UGX | 0 | two decimals, a multiple of 100 (support.stripe.com, zero-decimal) | / 100 |
| MGA | 2 | zero-decimal (docs.stripe.com/currencies) | * 100 |
"""

from typing import Any

from bursar.errors import invariant
from bursar.gateways.protocol import Unreadable
from bursar.rules.money import AmountRefused, CurrencyRefused, checked_amount, checked_currency

_STRIPE_HAS_TWO_MORE_DECIMALS = frozenset({"ISK", "UGX"})
_STRIPE_HAS_TWO_FEWER_DECIMALS = frozenset({"MGA"})


def iso_currency(thing: dict[str, Any], path: str) -> str:
    """The object's currency, upper-case. Raises Unreadable naming the field."""
    try:
        return checked_currency(thing.get("currency"))
    except CurrencyRefused:
        raise Unreadable(f"{path}.currency must be three letters") from None


def iso_amount(thing: dict[str, Any], field: str, currency: str, path: str) -> int:
    """A positive amount of Stripe's in ISO minor units. Raises Unreadable naming the field."""
    return _iso(thing.get(field), currency, f"{path}.{field}")


def iso_signed_amount(thing: dict[str, Any], field: str, currency: str, path: str) -> int:
    """An amount that may be negative or 0: what moved on a balance. Raises Unreadable naming the field."""
    amount = thing.get(field)
    if type(amount) is not int or amount > 0:
        return _iso(amount, currency, f"{path}.{field}")
    return -_iso(-amount, currency, f"{path}.{field}") if amount else 0


def stripe_amount(amount_minor: int, currency: str) -> int:
    """ISO minor units as Stripe's API writes them; the inverse of `iso_amount`."""
    if currency in _STRIPE_HAS_TWO_MORE_DECIMALS:
        return amount_minor * 100
    if currency in _STRIPE_HAS_TWO_FEWER_DECIMALS:
        invariant(amount_minor % 100 == 0, f"Stripe cannot charge fractions of {currency}")
        return amount_minor // 100
    return amount_minor


def _iso(value: object, currency: str, path: str) -> int:
    try:
        amount = checked_amount(value, path)
        if currency in _STRIPE_HAS_TWO_MORE_DECIMALS:
            amount, rest = divmod(amount, 100)
            if rest:
                raise Unreadable(f"{path} must be a multiple of 100 in {currency}")
        elif currency in _STRIPE_HAS_TWO_FEWER_DECIMALS:
            amount = checked_amount(amount * 100, path)
    except AmountRefused as refused:
        raise Unreadable(str(refused)) from None
    return amount
