"""Take a discount code off what is to be billed, in the transaction that writes the draft."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.rules.coupons import CouponRefused, take_off
from bursar.rules.invoicing import Fee
from bursar.settings import load
from bursar.wishes import InvoiceWish
from models.queries import coupons


class Discount(NamedTuple):
    """A code and what is left of the fees with it."""

    coupon_id: UUID
    fees: list[Fee]


def redeem(session: Session, wish: InvoiceWish, customer_id: UUID) -> Discount:
    """The fees of a wish with its code on them; the code is held until the transaction ends.

    Two drafts at once never use it more often than it may be. Raises CouponUnknown or CouponRefused.
    """
    coupon_id, coupon = coupons.lock(session, (wish.coupon or "").strip().upper())
    try:
        fees = take_off(
            coupon,
            wish.fees(),
            currency=wish.currency.upper(),
            today=utc_now().astimezone(load().zone).date(),
            uses_of_customer=coupons.uses_of(session, coupon_id, customer_id),
        )
    except CouponRefused as refused:
        raise CouponRefused(f"invoice {wish.reference!r}: {refused}") from None
    return Discount(coupon_id, fees)
