"""Which amounts a gateway can move at all: some currencies only in steps of 10 or 100 minor units."""

from enum import StrEnum

from bursar.gateways.api.failures import Failure, FailureCode, GatewayRefused
from bursar.rules.money import exponent


class Direction(StrEnum):
    """Which way money goes: two tables, for banks are paid in coarser steps than cards are charged."""

    CHARGE = "charge"
    """From a payer, and back to him."""
    PAYOUT = "payout"
    """From the gateway to our bank."""


_THREE_DECIMALS = 3
_LAST_DIGIT_IS_ZERO = 10
"""Stripe and Razorpay take three decimals, the last of them 0 (docs.stripe.com/currencies, orders/create)."""
_STEPS: dict[tuple[str, Direction], dict[str, int]] = {
    # MGA has two decimals in ISO 4217 and none at Stripe. ISK and UGX have none in ISO 4217; that Stripe
    # writes them in multiples of 100 is done by `stripe_amount`, and every ISO amount can be written so.
    ("stripe", Direction.CHARGE): {"MGA": 100},
    ("stripe", Direction.PAYOUT): {"MGA": 100, "HUF": 100, "TWD": 100},
    # PayPal takes no decimals in these (developer.paypal.com, currency codes); JPY has none anyway.
    ("paypal", Direction.CHARGE): {"HUF": 100, "TWD": 100},
    ("paypal", Direction.PAYOUT): {"HUF": 100, "TWD": 100},
}
"""ISO minor units of one step, where it is not 1."""
_ROUNDS_THREE_DECIMALS = frozenset({"stripe", "razorpay"})


def step_minor(gateway: str, currency: str, direction: Direction) -> int:
    """The smallest amount a gateway can tell from none, in ISO 4217 minor units."""
    if gateway in _ROUNDS_THREE_DECIMALS and exponent(currency) == _THREE_DECIMALS:
        return _LAST_DIGIT_IS_ZERO
    return _STEPS.get((gateway, direction), {}).get(currency, 1)


def check_charge(gateway: str, amount_minor: int, currency: str) -> None:
    """Refuse what the gateway would refuse, or round. Raises GatewayRefused (invalid) saying the step."""
    step = step_minor(gateway, currency, Direction.CHARGE)
    if amount_minor > 0 and amount_minor % step == 0:
        return
    steps = "positive" if amount_minor <= 0 else f"a multiple of {step}"
    message = f"amount_minor is {amount_minor} {currency}; {gateway} needs it to be {steps}"
    raise GatewayRefused(Failure(code=FailureCode.INVALID, message=message))
