"""Stripe's amounts in requests: checked as Stripe does, and in ISO minor units for the book."""

from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.rules.money_text import money_text
from bursar.sandbox.fake.stripe.errors import StripeError

_FEE_PERCENT_TIMES_10 = 29
_FEE_FIXED_MINOR = 30


def currency_of(text: str, param: str = "currency") -> str:
    """Lower-case, as Stripe shows it. Raises StripeError."""
    try:
        return iso_currency({"currency": text}, param).lower()
    except Unreadable:
        raise StripeError(f"Invalid currency: {text}", param=param) from None


def minor(amount: int, currency: str, param: str = "amount") -> int:
    """A positive amount of Stripe's in ISO minor units. Raises StripeError naming the parameter."""
    if amount < 1:
        raise StripeError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    try:
        return iso_amount({param: amount}, param, currency.upper(), "request")
    except Unreadable:
        raise StripeError(
            f"Invalid {param}: {currency} cannot be charged in this amount.",
            code="invalid_charge_amount_no_decimal_compatible",
            param=param,
        ) from None


def fee_minor(amount_minor: int, currency: str) -> int:
    """What Stripe keeps of a payment: 2.9 % and 30, its price for a card in the United States.

    Rounded down to what Stripe's API can write: it has no cents of an ariary (MGA).
    """
    step = max(1, minor(100, currency) // 100)
    fee = (amount_minor * _FEE_PERCENT_TIMES_10 + 500) // 1_000 + _FEE_FIXED_MINOR
    return min(amount_minor, fee) // step * step


def shown(amount: int, currency: str) -> str:
    """For the payer: `$45.00`, `₹1,24,500.00`."""
    iso = currency.upper()
    amount_minor = minor(amount, currency) if amount else 0
    return money_text(amount_minor, iso, "en_IN" if iso == "INR" else "en_US")
