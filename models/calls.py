"""Calls to gateways: the intent, committed before anything is sent, and the answer afterwards."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.calling import CallOutcome, Operation
from models.base import Base, CreatedAt, Id, JsonObject, UtcTime, check, one_of
from models.work import Work, work_indexes


class GatewayCall(Work, Base):
    """One thing asked of one gateway, under one idempotency key, with frozen parameters."""

    __tablename__ = "gateway_calls"
    __table_args__ = (
        UniqueConstraint("operation", "subject", "n"),
        *work_indexes("gateway_calls"),
        Index("ix_gateway_calls_created_at", "gateway_account", "created_at"),
        Index(
            "ix_gateway_calls_unknown",
            "sent_at",
            postgresql_where=text("outcome IN ('sending', 'unknown')"),
        ),
        Index(
            "ix_gateway_calls_charged",
            "gateway_account",
            text("(params ->> 'payment_method')"),
            postgresql_where=text("operation = 'charge'"),
        ),
        one_of("operation", Operation),
        one_of("outcome", CallOutcome),
        check("(outcome IN ('sending', 'unknown')) <= (sent_at IS NOT NULL)", "sent_before_unknown"),
        check("(state = 'done') <= (outcome IN ('answered', 'refused', 'given_up'))", "done_with_an_outcome"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    operation: Mapped[str]
    subject: Mapped[str]
    """What it is for, as `checkout:<id>`, `refund:<id>`, `event:<id>`."""
    n: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """A later try for the same subject, after proof that the one before was not acted on."""
    key: Mapped[str] = mapped_column(unique=True)
    """Our idempotency key at the gateway."""
    params: Mapped[JsonObject] = mapped_column(JSONB)
    params_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of `params` as they were frozen: what is sent under the key never changes."""
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    outcome: Mapped[str | None]
    sent_at: Mapped[UtcTime | None]
    answered_at: Mapped[UtcTime | None]
    took_ms: Mapped[int | None]
    """Milliseconds the gateway took for the last answer."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    answer: Mapped[JsonObject | None] = mapped_column(JSONB)
    failure: Mapped[JsonObject | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
