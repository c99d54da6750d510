"""Discount codes, and which invoice each was used for."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Currency, Id, UtcTime, check


class Coupon(Base):
    """A discount code; what it takes off is in bursar.rules.coupons."""

    __tablename__ = "coupons"
    __table_args__ = (
        check("(percent_bp IS NULL) <> (amount_minor IS NULL)", "share_or_amount"),
        check("(amount_minor IS NULL) = (currency IS NULL)", "amount_in_a_currency"),
        check("used >= 0 AND used <= max_uses", "not_overused"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    percent_bp: Mapped[int | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[Currency | None]
    component: Mapped[str | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    max_uses: Mapped[int | None]
    max_per_customer: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default="0")
    disabled_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]


class CouponUse(Base):
    """A code on an invoice: one each."""

    __tablename__ = "coupon_uses"
    __table_args__ = (Index("ix_coupon_uses_coupon_customer", "coupon_id", "customer_id"),)

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"), primary_key=True)
    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupons.id", ondelete="RESTRICT"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    created_at: Mapped[CreatedAt]
