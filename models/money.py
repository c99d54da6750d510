"""What came in and went back: checkouts, payments, attempts, refunds, disputes, and what could not be placed."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.allocation import Policy
from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import Evidence
from bursar.rules.states import (
    CheckoutKind,
    CheckoutStatus,
    DisputeStatus,
    PaymentStatus,
    RefundEffect,
    RefundStatus,
)
from models.base import Base, CreatedAt, Currency, Id, Minor, UtcTime, check, one_of


class Checkout(Base):
    """What can pay an invoice once: the pending payment, recorded before the payer is sent anywhere."""

    __tablename__ = "checkouts"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id"),
        Index(
            "uq_checkouts_open",
            "invoice_id",
            "amount_minor",
            "gateway_account",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('creating', 'open')"),
        ),
        Index(
            "uq_checkouts_charging",
            "invoice_id",
            unique=True,
            postgresql_where=text("kind = 'charge' AND status IN ('creating', 'open')"),
        ),
        one_of("status", CheckoutStatus),
        one_of("kind", CheckoutKind),
        check("amount_minor > 0", "amount_positive"),
        check("status NOT IN ('open', 'completed') OR external_id IS NOT NULL", "known_once_open"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    external_id: Mapped[str | None]
    """The gateway's id; none while it is asked for."""
    kind: Mapped[str] = mapped_column(server_default=CheckoutKind.PAGE.value)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(server_default=CheckoutStatus.OPEN.value)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    url: Mapped[str | None]
    client_secret: Mapped[str | None]
    """What the host's own page confirms with."""
    expires_at: Mapped[UtcTime | None]
    pinned: Mapped[bool] = mapped_column(server_default="false")
    """Only this gateway was to be asked: no other is when it does not answer."""
    wanted_until: Mapped[UtcTime | None]
    """Until when somebody waits: as long, gateways that did not answer are asked again."""
    fallback_from: Mapped[str | None]
    """The account that was asked first and did not answer."""
    failure: Mapped[str | None]
    """Why it failed, in words for the host."""
    decline_code: Mapped[str | None]
    """The bank's reason for a charge that was declined."""
    advice_code: Mapped[str | None]
    """What the gateway advises then: `try_again_later`, `do_not_try_again`, `confirm_card_data`."""
    reused: Mapped[int] = mapped_column(server_default="0")
    """How often somebody who asked again was given this one."""
    requested_by: Mapped[str] = mapped_column(server_default="bursar")
    created_at: Mapped[CreatedAt]


class Payment(Base):
    """One payment at a gateway; every sum on it is a projection of the ledger."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("gateway_account", "gateway_payment_id"),
        Index("ix_payments_customer_id", "customer_id", "applied_seq"),
        Index(
            "ix_payments_taken",
            "customer_id",
            postgresql_where=text("refunded_minor > 0 OR lost_minor > 0"),
        ),
        one_of("status", PaymentStatus),
        check("amount_minor > 0", "amount_positive"),
        check("(status = 'succeeded') = (applied_seq IS NOT NULL)", "ordered_once_succeeded"),
        check("credit_minor >= 0 AND unidentified_minor >= 0 AND suspense_minor >= 0", "sums_not_negative"),
        check("held_minor = 0 OR held_minor BETWEEN 1 AND credit_minor", "held_is_credit"),
        check("refunded_minor >= 0 AND refund_watermark_minor >= 0", "refunds_not_negative"),
        check("lost_minor >= 0", "losses_not_negative"),
        one_of("policy", Policy),
        check("unidentified_minor = 0 OR customer_id IS NULL", "unidentified_has_no_customer"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    gateway_payment_id: Mapped[str]
    status: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    method: Mapped[str | None]
    evidence: Mapped[int] = mapped_column(SmallInteger, server_default=str(Evidence.NOBODY.value))
    """How well we know whose money it is; a better-ranked fact re-attributes."""
    claim: Mapped[str] = mapped_column(server_default="")
    """What that evidence named; ties between equal ranks go to the smaller text."""
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    applied_seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    policy: Mapped[str] = mapped_column(server_default=Policy.PRIORITY.value)
    """How it was spread when it came."""
    components: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """How the payer's host said to spread it: [[component, minor units], ...]."""
    credit_minor: Mapped[Minor] = mapped_column(server_default="0")
    held_minor: Mapped[Minor] = mapped_column(server_default="0")
    """The part of the credit that is a double payment."""
    unidentified_minor: Mapped[Minor] = mapped_column(server_default="0")
    suspense_minor: Mapped[Minor] = mapped_column(server_default="0")
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    lost_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Taken by disputes that were lost."""
    refund_watermark_minor: Mapped[Minor] = mapped_column(server_default="0")
    disputed: Mapped[bool] = mapped_column(server_default="false")
    occurred_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class GatewayAlias(Base):
    """A gateway id that means a payment we know."""

    __tablename__ = "gateway_aliases"

    gateway_account: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))


class PaymentAttempt(Base):
    """One try to collect a payment, and why it was declined."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("gateway_account", "external_id"),
        Index("ix_payment_attempts_payment_id", "payment_id"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    external_id: Mapped[str]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    status: Mapped[str]
    decline_code: Mapped[str | None]
    occurred_at: Mapped[UtcTime | None]


class Refund(Base):
    """Money that went back, or is on its way."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("gateway_account", "gateway_refund_id"),
        Index("ix_refunds_payment_id", "payment_id"),
        one_of("status", RefundStatus),
        one_of("effect", RefundEffect),
        check("amount_minor > 0", "amount_positive"),
        check("(status = 'succeeded') = (applied_seq IS NOT NULL)", "ordered_while_succeeded"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    gateway_refund_id: Mapped[str]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    status: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    effect: Mapped[str] = mapped_column(server_default=RefundEffect.CANCEL.value)
    reason: Mapped[str | None]
    applied_seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    occurred_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class RefundRequest(Base):
    """Somebody's wish to give money back, what was decided about it, and the refund it became.

    Apart from `refunds`, which is what gateways did: a webhook may tell of a refund before its call is answered.
    """

    __tablename__ = "refund_requests"
    __table_args__ = (
        Index("ix_refund_requests_payment_id", "payment_id"),
        Index(
            "uq_refund_requests_refund",
            "gateway_account",
            "gateway_refund_id",
            unique=True,
            postgresql_where=text("gateway_refund_id IS NOT NULL"),
        ),
        one_of("status", RefundStatus),
        one_of("effect", RefundEffect),
        check("amount_minor > 0", "amount_positive"),
        check("(status = 'requested') = (decided_at IS NULL)", "decided_once"),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    gateway_account: Mapped[str]
    gateway_refund_id: Mapped[str | None]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    effect: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=RefundStatus.REQUESTED.value)
    requested_by: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[UtcTime | None]
    decision: Mapped[str | None]
    """Why it was rejected, or why the gateway refused."""
    created_at: Mapped[CreatedAt]


class Dispute(Base):
    """A payment that the payer's bank contests: the latest word about it, and the loss it may end in."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("gateway_account", "gateway_dispute_id"),
        Index("ix_disputes_payment_id", "payment_id"),
        one_of("status", DisputeStatus),
        check("amount_minor > 0", "amount_positive"),
        check("(status = 'lost') = (applied_seq IS NOT NULL)", "ordered_while_lost"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    gateway_dispute_id: Mapped[str]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    status: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str | None]
    respond_by: Mapped[UtcTime | None]
    applied_seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    turns: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it became lost or stopped being lost."""
    occurred_at: Mapped[UtcTime | None]
    """With rank and key: how late the word is that counts."""
    rank: Mapped[int] = mapped_column(SmallInteger)
    event_key: Mapped[str]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class Break(Base):
    """Something we understood but could not place; a person owns it until it is resolved."""

    __tablename__ = "breaks"
    __table_args__ = (
        Index("ix_breaks_subject", "subject"),
        Index("uq_breaks_open", "kind", "subject", unique=True, postgresql_where=text("resolved_at IS NULL")),
        one_of("kind", BreakKind),
        check("(resolved_at IS NULL) = (resolution IS NULL)", "resolved_with_a_reason"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    owner: Mapped[str | None]
    opened_at: Mapped[CreatedAt]
    resolved_at: Mapped[UtcTime | None]
    resolution: Mapped[str | None]
