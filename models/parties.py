"""Who owes: customers, and the gateways' own ids for them."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Id, UtcTime


class Customer(Base):
    """A student or payer. The host owns the person; Bursar keeps what paper and mail need."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_to_erase",
            "erasure_requested_at",
            postgresql_where=text("erasure_requested_at IS NOT NULL AND erased_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    external_ref: Mapped[str] = mapped_column(unique=True)
    """The host's id of this person."""
    name: Mapped[str]
    email: Mapped[str | None]
    country: Mapped[str | None]
    address: Mapped[str | None]
    """As it is printed, one line each."""
    region: Mapped[str | None]
    """In India the two digits of the State: where a service is supplied, for tax."""
    tax_id: Mapped[str | None]
    """GSTIN or VAT number, of who has one."""
    locale: Mapped[str] = mapped_column(server_default="en_IN")
    created_at: Mapped[CreatedAt]
    erasure_requested_at: Mapped[UtcTime | None]
    """Since when somebody waits to be forgotten: law gives a month (GDPR art. 12(3))."""
    held_at: Mapped[UtcTime | None]
    """Since when nothing is charged and no page opened: somebody suspects fraud."""
    held_because: Mapped[str | None]
    released_at: Mapped[UtcTime | None]
    """What failed or was warned of before then has been judged."""
    erased_at: Mapped[UtcTime | None]
    """The name and the address are gone; numbers, the host's reference and the gateways' ids stay."""


class CustomerGatewayRef(Base):
    """A gateway's id of a customer; one per gateway account, reused."""

    __tablename__ = "customer_gateway_refs"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id"),
        UniqueConstraint("customer_id", "gateway_account"),
    )

    id: Mapped[Id]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    gateway_account: Mapped[str]
    external_id: Mapped[str]
