"""What gateways told us: the signed event as it came, and the facts read from it."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Id, JsonObject, UtcTime, check
from models.work import Work, work_checks

APPLY_SEQ = Sequence("apply_seq", metadata=Base.metadata)
"""One order over everything that was applied: facts, payments, refunds, invoices opened."""


class GatewayEvent(Work, Base):
    """One signed event, stored once, before the gateway gets its 200."""

    __tablename__ = "gateway_events"
    __table_args__ = (
        UniqueConstraint("gateway_account", "dedupe_key"),
        *work_checks(),
        check("state NOT IN ('pending', 'running') OR done_at IS NULL", "unfinished_has_no_end"),
        check("state <> 'ignored' OR error IS NOT NULL", "ignored_has_a_reason"),
        # None of these names a column that a claim writes: the new version of a row stays on its page.
        Index("ix_gateway_events_open", "not_before", "id", postgresql_where=text("done_at IS NULL")),
        Index("ix_gateway_events_unapplied", "object_id", postgresql_where=text("error IS NOT NULL")),
        Index("ix_gateway_events_waiting", "waiting_for", postgresql_where=text("waiting_for IS NOT NULL")),
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0.02", "fillfactor": "50"}},
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    """`<gateway>:<mode>`."""
    dedupe_key: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="webhook")
    gateway_event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str | None]
    api_version: Mapped[str | None]
    livemode: Mapped[bool | None]
    occurred_at: Mapped[UtcTime | None]
    received_at: Mapped[CreatedAt]
    replayed_at: Mapped[UtcTime | None]
    """When somebody last made it due again: what was asked for before that is asked for anew."""
    body: Mapped[bytes]
    body_removed_at: Mapped[UtcTime | None]
    """Kept long enough, or the person was erased: the body is empty, the facts read from it stay."""
    key_id: Mapped[str]
    waiting_for: Mapped[str | None]
    """`<account>/<gateway id>` not known yet; released by the transaction that inserts the alias."""


class FactRow(Base):
    """What an event said, in Bursar's words and without personal data. Append-only."""

    __tablename__ = "facts"
    __table_args__ = (
        Index("ix_facts_payment_id", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
    )

    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("gateway_events.id", ondelete="RESTRICT"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    data: Mapped[JsonObject] = mapped_column(JSONB)
    payment_id: Mapped[UUID | None]
    """The payment it speaks of, where it speaks of one."""
    apply_seq: Mapped[int] = mapped_column(
        BigInteger, APPLY_SEQ, server_default=APPLY_SEQ.next_value(), unique=True
    )
    applied_at: Mapped[CreatedAt]
