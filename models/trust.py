"""What operators can rely on: the audit log, and which periodic job ran for which window."""

from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, JsonObject, UtcTime


class AuditRow(Base):
    """One thing that happened to one subject. Append-only; ids and states, never personal data."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_subject_id", "subject_id"),
        # Transactions are numbered as rows are added, nearly: a few pages tell where a block's rows lie.
        Index("ix_audit_log_xid", "xid", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[CreatedAt]
    actor: Mapped[str] = mapped_column(server_default="bursar")
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    detail: Mapped[JsonObject] = mapped_column(JSONB, server_default="{}")
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    """The transaction that wrote it: blocks are made of whole ones."""


class AuditBlock(Base):
    """Audit rows sealed together, chained to the block before. Append-only; bursar audit verify reckons it."""

    __tablename__ = "audit_blocks"

    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    floor_id: Mapped[int] = mapped_column(BigInteger)
    """Only rows above it: others were sealed before the database counted transactions anew."""
    xid_from: Mapped[int] = mapped_column(BigInteger)
    xid_until: Mapped[int] = mapped_column(BigInteger)
    """The transactions it holds: the first, and the first it does not."""
    last_id: Mapped[int] = mapped_column(BigInteger)
    """The greatest id that it or a block before it holds."""
    rows: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    """SHA-256 of the previous hash and the digests of the rows, by id."""
    sealed_at: Mapped[CreatedAt]


class BeatTick(Base):
    """A periodic job was begun for a window, and has ended: two beats at once do it once."""

    __tablename__ = "beat_ticks"
    __table_args__ = (
        Index("ix_beat_ticks_at", "at"),
        Index("ix_beat_ticks_begun", "job", "at"),
        Index("ix_beat_ticks_ended", "job", "done_at"),
    )

    job: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[CreatedAt]
    done_at: Mapped[UtcTime | None]
    """None while it runs, and when nobody lived to say that it ended: it is begun again."""
