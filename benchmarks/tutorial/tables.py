"""The tutorial's tables: invoices with four lines, payments, allocations, audit, handled events."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables."""


class Invoice(Base):
    """What a customer owes."""

    __tablename__ = "invoices"

    id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(index=True)
    total: Mapped[int]
    paid: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="open")
    enrollment: Mapped[str] = mapped_column(default="pending")
    lines: Mapped[list["InvoiceLine"]] = relationship(order_by="InvoiceLine.position")


class InvoiceLine(Base):
    """One fee component."""

    __tablename__ = "invoice_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    position: Mapped[int]
    amount: Mapped[int]
    paid: Mapped[int] = mapped_column(default=0)


class Payment(Base):
    """One payment, by the gateway's id."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(unique=True)
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]


class Allocation(Base):
    """How much of a payment paid which line."""

    __tablename__ = "allocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("invoice_lines.id"), index=True)
    amount: Mapped[int]


class HandledEvent(Base):
    """Which events were handled: a repeat changes nothing."""

    __tablename__ = "handled_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    handled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Audit(Base):
    """What was done, for people."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
