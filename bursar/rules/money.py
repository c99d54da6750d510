"""How much, in which currency. Integers of minor units only; no float ever comes near."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bursar.errors import Refused, invariant

AMOUNT_MINOR_MAX = 10_000_000_000_000
"""10^13 minor units (100 billion of a two-decimal currency): above it an amount is a mistake, not money."""

DEFAULT_EXPONENT = 2
# ISO 4217 minor units that are not 2. Source: ISO 4217 list one (SIX), amendment 177.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_NO_DECIMALS.split(" "), 0) | dict.fromkeys(_THREE_DECIMALS.split(" "), 3)


_TYPED = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{2,3})+)(?:\.([0-9]{1,3}))?", re.ASCII)
"""Digits, grouped by commas as in London or in Delhi, and a point before decimals."""


class AmountRefused(Refused):
    """An amount that is not an integer of minor units between 1 and 10^13."""


class CurrencyRefused(Refused):
    """A currency that is not three letters A-Z."""


def exponent(currency: str) -> int:
    """How many decimal places ISO 4217 gives a currency: 0, 2 or 3."""
    return _EXPONENTS.get(currency, DEFAULT_EXPONENT)


def checked_currency(value: object) -> str:
    """An upper-case ISO code from whatever a gateway sent.

    Raises CurrencyRefused when it is not three ASCII letters.
    """
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
        return value.upper()
    raise CurrencyRefused(f"currency must be three letters A-Z, got {type(value).__name__}")


def checked_amount(value: object, field: str) -> int:
    """A positive number of minor units from whatever a gateway sent.

    Raises AmountRefused for floats, strings, booleans, zero, negatives and amounts above AMOUNT_MINOR_MAX.
    """
    if type(value) is int and 0 < value <= AMOUNT_MINOR_MAX:
        return value
    raise AmountRefused(f"{field} must be an integer of minor units in 1..10^13")


def parse_amount(text: str, currency: str) -> int:
    """What a person typed (`1250`, `1,250.50`) in minor units of the currency, exactly.

    Raises AmountRefused saying what is wrong: no number, not above 0, or more decimals than there are.
    """
    places = exponent(currency)
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise AmountRefused(f"{text!r} is no amount: write it as 1250 or 1,250.50")
    whole, decimals = match[1].replace(",", ""), match[2] or ""
    if len(decimals) > places:
        raise AmountRefused(f"{text!r}: {currency} has {places} decimals")
    return checked_amount(int(whole + decimals.ljust(places, "0")), f"{text!r}")


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights with the largest remainder; the shares sum to the amount.

    Ties go to the earlier weight. Weights must be non-negative and not all zero.
    """
    whole = sum(weights)
    invariant(whole > 0 and min(weights) >= 0, "weights must be non-negative and not all zero")
    shares = [amount_minor * weight // whole for weight in weights]
    remainders = [amount_minor * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: amount_minor - sum(shares)]:
        shares[i] += 1
    invariant(sum(shares) == amount_minor, "shares must sum to the whole")
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount of one currency, in minor units."""

    amount_minor: int
    currency: str

    def decimal_text(self) -> str:
        """The amount as plain digits with the currency's decimal point: 6100000 INR is '61000.00'."""
        places = exponent(self.currency)
        sign = "-" if self.amount_minor < 0 else ""
        digits = str(abs(self.amount_minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
