"""What a discount code takes off which fees. No I/O, no clock.

A discount is a column of the lines it is taken from, before tax: so each line says what it cost, and taxes,
allocation and refunds know of no code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bursar.errors import Refused
from bursar.rules.invoicing import Fee
from bursar.rules.money import AMOUNT_MINOR_MAX, split

PERCENT_BP_MAX = 9_999
"""Basis points. What costs nothing needs no invoice: a place that is free is given without one."""


class CouponRefused(Refused):
    """The code does not hold here; the message says why, in words for the payer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A discount code. Either a share or an amount; days are those of BURSAR_TIMEZONE, both included."""

    code: str
    percent_bp: int | None = None
    """Basis points: 1000 is 10 %."""
    amount_minor: int | None = None
    currency: str | None = None
    """Of the amount; a share holds in any."""
    component: str | None = None
    """Taken off this fee component only."""
    starts_on: date | None = None
    ends_on: date | None = None
    max_uses: int | None = None
    max_per_customer: int | None = None
    used: int = 0
    disabled: bool = False

    def check(self) -> None:
        """Raise CouponRefused unless it says one thing that can be taken off."""
        if (self.percent_bp is None) == (self.amount_minor is None):
            raise CouponRefused("a coupon takes off a share or an amount: give one of them")
        if self.percent_bp is not None and not 1 <= self.percent_bp <= PERCENT_BP_MAX:
            raise CouponRefused("a share is 0.01 to 99.99 %")
        if self.amount_minor is not None and not 1 <= self.amount_minor <= AMOUNT_MINOR_MAX:
            raise CouponRefused("an amount is more than nothing")
        if (self.amount_minor is None) != (self.currency is None):
            raise CouponRefused("an amount needs its currency, and a share has none")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise CouponRefused("it ends before it starts")


def take_off(
    coupon: Coupon, fees: Sequence[Fee], *, currency: str, today: date, uses_of_customer: int
) -> list[Fee]:
    """The fees with the discount on them, in their order. Raises CouponRefused with the reason."""
    _check_holds(coupon, currency, today, uses_of_customer)
    meant = [n for n, fee in enumerate(fees) if coupon.component in (None, fee.component)]
    nets = [fees[n].net_minor for n in meant]
    whole = sum(nets)
    off = _half_up(whole, coupon.percent_bp) if coupon.percent_bp else coupon.amount_minor or 0
    if not meant or off == 0:
        raise CouponRefused(f"{coupon.code} takes nothing off this invoice")
    shares = dict(zip(meant, split(min(off, whole), nets), strict=True))
    if any(shares[n] >= fees[n].net_minor for n in meant):
        raise CouponRefused(f"{coupon.code} would leave nothing to pay of {fees[meant[0]].component}")
    return [replace(fee, discount_minor=fee.discount_minor + shares.get(n, 0)) for n, fee in enumerate(fees)]


def _check_holds(coupon: Coupon, currency: str, today: date, uses_of_customer: int) -> None:
    if coupon.disabled:
        raise CouponRefused(f"{coupon.code} does not hold any more")
    if coupon.starts_on and today < coupon.starts_on:
        raise CouponRefused(f"{coupon.code} holds from {coupon.starts_on} on")
    if coupon.ends_on and today > coupon.ends_on:
        raise CouponRefused(f"{coupon.code} held until {coupon.ends_on}")
    if coupon.currency is not None and coupon.currency != currency:
        raise CouponRefused(f"{coupon.code} holds for {coupon.currency}, and this invoice is in {currency}")
    if coupon.max_uses is not None and coupon.used >= coupon.max_uses:
        raise CouponRefused(f"{coupon.code} is used up")
    if coupon.max_per_customer is not None and uses_of_customer >= coupon.max_per_customer:
        raise CouponRefused(f"{coupon.code} was used before, and holds {coupon.max_per_customer} times each")


def _half_up(amount_minor: int, share_bp: int) -> int:
    return (amount_minor * share_bp * 2 + 10_000) // 20_000
