"""What hosts must be told: rows that are worked off until a host has said that it knows."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from bursar.rules.consequences import NoticeKind
from models.base import Base, CreatedAt, Id, one_of
from models.work import Work, work_indexes


class Notification(Work, Base):
    """One notice. What it says is read when it is sent; the row only says that there is something to say."""

    __tablename__ = "notifications"
    __table_args__ = (
        *work_indexes("notifications"),
        one_of("kind", NoticeKind),
        Index("ix_notifications_subject_id", "subject_id", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    created_at: Mapped[CreatedAt]
