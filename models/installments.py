"""When the parts of an invoice are due."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Minor, check


class Installment(Base):
    """One part of an invoice. What is paid of it follows from what is settled of the invoice."""

    __tablename__ = "installments"
    __table_args__ = (
        check("seq >= 1 AND amount_minor > 0", "part_of_something"),
        Index("ix_installments_due_on", "due_on"),
    )

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    due_on: Mapped[date]
    amount_minor: Mapped[Minor]
    """Of the invoice's currency. All parts come to the total of the invoice."""
    created_at: Mapped[CreatedAt]
