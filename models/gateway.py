"""What gateways do to our balance besides payments and refunds, and what they last said of other objects."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.movements import MovementKind
from bursar.rules.registers import ObjectKind
from bursar.rules.states import SettlementStatus
from models.base import Base, CreatedAt, Currency, Id, JsonObject, Minor, UtcTime, check, one_of


class Movement(Base):
    """A fee, a conversion, contested money or a settlement: counted once by the gateway's id for it."""

    __tablename__ = "movements"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id", "kind"),
        Index("ix_movements_about", "gateway_account", "about"),
        one_of("kind", MovementKind),
        one_of("status", SettlementStatus),
        check("(counter_currency IS NULL) = (kind <> 'conversion')", "converted_into_something"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    kind: Mapped[str]
    external_id: Mapped[str]
    about: Mapped[str]
    """The gateway id of the payment, refund or dispute; of a settlement the bank's reference."""
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    counter_minor: Mapped[Minor] = mapped_column(server_default="0")
    counter_currency: Mapped[Currency | None]
    status: Mapped[str] = mapped_column(server_default=SettlementStatus.PAID.value)
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("disputes.id", ondelete="RESTRICT"))
    revision: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    occurred_at: Mapped[UtcTime | None]
    """With rank and key: how late the word is that counts."""
    rank: Mapped[int] = mapped_column(SmallInteger)
    event_key: Mapped[str]
    created_at: Mapped[CreatedAt]


class GatewayObject(Base):
    """The latest word about a subscription, gateway invoice, payment method, customer, warning or downtime."""

    __tablename__ = "gateway_objects"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id", "kind"),
        Index(
            "ix_gateway_objects_payer",
            "gateway_account",
            text("(data ->> 'gateway_customer')"),
            postgresql_where=text("kind = 'payment_method'"),
        ),
        Index(
            "ix_gateway_objects_fingerprint",
            "gateway_account",
            text("(data ->> 'fingerprint')"),
            postgresql_where=text("kind = 'payment_method'"),
        ),
        one_of("kind", ObjectKind),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    kind: Mapped[str]
    external_id: Mapped[str]
    status: Mapped[str]
    data: Mapped[JsonObject] = mapped_column(JSONB)
    """The fact as it was told; no personal data."""
    occurred_at: Mapped[UtcTime | None]
    """With rank and key: how late the word is that counts."""
    rank: Mapped[int] = mapped_column(SmallInteger)
    event_key: Mapped[str]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
