"""Discount codes as rows: made, found, counted. Decides nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.coupons import Coupon

_COLUMNS = "percent_bp, amount_minor, currency, component, starts_on, ends_on, max_uses, max_per_customer"
_INSERT = f"""
INSERT INTO coupons (id, code, {_COLUMNS}) VALUES (:id, :code, :{_COLUMNS.replace(", ", ", :")})
ON CONFLICT (code) DO NOTHING RETURNING id
"""
_COUPON = f"SELECT id, code, {_COLUMNS}, used, disabled_at IS NOT NULL AS disabled FROM coupons"


class CouponUnknown(Refused):
    """There is no such code."""


class CouponExists(Refused):
    """The code is there already."""


def add(session: Session, coupon: Coupon) -> UUID:
    """A new code. Raises CouponExists."""
    values = {name: getattr(coupon, name) for name in _COLUMNS.split(", ")}
    found = session.scalar(text(_INSERT), {"id": new_id(), "code": coupon.code, **values})
    if found is None:
        raise CouponExists(f"{coupon.code} is there already: disable it and take another code")
    return UUID(str(found))


def lock(session: Session, code: str) -> tuple[UUID, Coupon]:
    """A code, held against another use until the transaction ends. Raises CouponUnknown."""
    row = session.execute(
        text(f"{_COUPON} WHERE code = :code FOR NO KEY UPDATE"), {"code": code}
    ).one_or_none()
    if row is None:
        raise CouponUnknown(f"there is no code {code!r}; bursar coupons list shows them")
    told = row._asdict()
    return UUID(str(told.pop("id"))), Coupon(**told)


def uses_of(session: Session, coupon_id: UUID, customer_id: UUID) -> int:
    """How often a customer has used it."""
    statement = "SELECT count(*) FROM coupon_uses WHERE coupon_id = :coupon_id AND customer_id = :customer_id"
    return int(session.scalar(text(statement), {"coupon_id": coupon_id, "customer_id": customer_id}) or 0)


def use(session: Session, coupon_id: UUID, customer_id: UUID, invoice_id: UUID) -> None:
    """Count it, for this invoice."""
    values = {"coupon_id": coupon_id, "customer_id": customer_id, "invoice_id": invoice_id}
    session.execute(text("UPDATE coupons SET used = used + 1 WHERE id = :coupon_id"), values)
    session.execute(
        text(
            """INSERT INTO coupon_uses (invoice_id, coupon_id, customer_id)
               VALUES (:invoice_id, :coupon_id, :customer_id)"""
        ),
        values,
    )


def disable(session: Session, code: str) -> None:
    """From now on it holds for nobody; what it took off stays off. Raises CouponUnknown."""
    coupon_id, _ = lock(session, code)
    statement = "UPDATE coupons SET disabled_at = coalesce(disabled_at, now()) WHERE id = :id"
    session.execute(text(statement), {"id": coupon_id})


def find(session: Session) -> Sequence[Row[Any]]:
    """Every code, the newest first."""
    return session.execute(text(f"{_COUPON} ORDER BY created_at DESC, code")).all()
