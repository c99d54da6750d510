"""Asking gateways what is true: each run over a window of time, and the lines of what reached the bank."""

from datetime import datetime

from sqlalchemy import Boolean, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.reconciling import RunKind
from models.base import Base, CreatedAt, Currency, Id, JsonObject, Minor, UtcTime, check, one_of
from models.work import Work, work_indexes


class ReconciliationRun(Work, Base):
    """One window of one account that is gone through: what a kill interrupts goes on at `done_until`."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        *work_indexes("reconciliation_runs"),
        Index(
            "uq_reconciliation_runs_open",
            "gateway_account",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
        Index("ix_reconciliation_runs_until", "gateway_account", "kind", "until"),
        one_of("kind", RunKind),
        check("since < until", "window_has_a_length"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    kind: Mapped[str]
    since: Mapped[UtcTime]
    until: Mapped[UtcTime]
    periodic: Mapped[bool] = mapped_column(Boolean, server_default="false")
    """It goes on where the last periodic one ended; other windows were somebody's wish."""
    done_until: Mapped[datetime | None]
    """Up to here the window is gone through."""
    look: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it has looked and found something to heal."""
    counts: Mapped[JsonObject] = mapped_column(JSONB, server_default="{}")
    """What was listed, new, different, healed; numbers only."""
    requested_by: Mapped[str]
    created_at: Mapped[CreatedAt]


class SettlementLine(Base):
    """One line of a payout or settlement, as the gateway last told it."""

    __tablename__ = "settlement_lines"
    __table_args__ = (
        UniqueConstraint("gateway_account", "line"),
        Index("ix_settlement_lines_settlement", "gateway_account", "settlement"),
        check("net_minor = gross_minor - fee_minor", "net_is_gross_less_fee"),
    )

    id: Mapped[Id]
    gateway_account: Mapped[str]
    settlement: Mapped[str]
    """The gateway's id of the payout or settlement."""
    line: Mapped[str]
    """The gateway's id of the line: balance transaction, row of the report."""
    kind: Mapped[str]
    """payment, refund, dispute, fee, adjustment, transfer."""
    about: Mapped[str | None]
    """The gateway's id of what it is about; what it is tied to is found by it."""
    gross_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    net_minor: Mapped[Minor]
    currency: Mapped[Currency]
    occurred_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]
