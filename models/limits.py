"""What plans allow, and how much of it customers have used."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.limits import LimitPer
from models.base import Base, CreatedAt, check, one_of


class PlanLimit(Base):
    """One number of one plan."""

    __tablename__ = "plan_limits"
    __table_args__ = (one_of("per", LimitPer), check("maximum >= 0", "maximum_not_negative"))

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    maximum: Mapped[int | None] = mapped_column(BigInteger)
    """None: no limit, but counted."""
    per: Mapped[str]


class Usage(Base):
    """How many a customer has used in a window; it outlives a change of plan."""

    __tablename__ = "usages"
    __table_args__ = (check("used >= 0", "used_not_negative"),)

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)


class UsageAct(Base):
    """One use or return, by the host's own key: the same again counts once."""

    __tablename__ = "usage_acts"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    window: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    """Negative for what was given back."""
    created_at: Mapped[CreatedAt]
