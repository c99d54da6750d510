"""What operators can rely on: the audit log, and which periodic job ran for which window."""

from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, JsonObject


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
    """A periodic job ran for a window: two beats at once do it once."""

    __tablename__ = "beat_ticks"

    job: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[CreatedAt]
