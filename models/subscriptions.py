"""Subscriptions that gateways bill: who asked for which, and the gateway's id of it."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Id, check


class Subscription(Base):
    """What was asked for. How it stands, what plan it has and until when, only the register says
    (`gateway_objects`, which webhooks feed): there is no status here that a wish could make wrong.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id"),
        Index("ix_subscriptions_customer_id", "customer_id"),
        check("quantity > 0", "quantity_positive"),
        check("trial_days >= 0", "trial_not_negative"),
        check("cycles > 0", "cycles_positive"),
        check("failure IS NULL OR external_id IS NULL", "failed_before_it_was"),
    )

    id: Mapped[Id]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    price_id: Mapped[UUID] = mapped_column(ForeignKey("prices.id", ondelete="RESTRICT"))
    """With which it was begun."""
    gateway_account: Mapped[str]
    external_id: Mapped[str | None]
    """The gateway's id; none while it is asked for."""
    quantity: Mapped[int] = mapped_column(server_default="1")
    """As it was asked for last and the gateway agreed to."""
    trial_days: Mapped[int] = mapped_column(server_default="0")
    cycles: Mapped[int | None]
    """How many renewals; none for a subscription that goes on until it is cancelled."""
    approval_url: Mapped[str | None]
    """Where the payer approves it, or its last change."""
    client_secret: Mapped[str | None]
    """What the host's own page confirms the first payment with."""
    failure: Mapped[str | None]
    """Why it was never begun, in words for the host."""
    requested_by: Mapped[str]
    created_at: Mapped[CreatedAt]
