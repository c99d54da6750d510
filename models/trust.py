"""What operators can rely on: the audit log, and which periodic job ran for which window."""

from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, JsonObject, UtcTime


class AuditRow(Base):
    """One thing that happened to one subject. Append-only; ids and states, never personal data."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_subject_id", "subject_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[CreatedAt]
    actor: Mapped[str] = mapped_column(server_default="bursar")
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    detail: Mapped[JsonObject] = mapped_column(JSONB, server_default="{}")


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
