"""Jobs that issue all drafts of some days: what a kill interrupts goes on after the last chunk."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Id, check
from models.work import Work, work_indexes


class IssuingRun(Work, Base):
    """All drafts to be issued on these days; the order is that of (issue_on, id)."""

    __tablename__ = "issuing_runs"
    __table_args__ = (
        *work_indexes("issuing_runs"),
        Index(
            "uq_issuing_runs_open",
            "since",
            "until",
            unique=True,
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
        check("since <= until", "days_in_order"),
        check("(reached_on IS NULL) = (reached_id IS NULL)", "reached_both"),
    )

    id: Mapped[Id]
    since: Mapped[date]
    until: Mapped[date]
    wanted: Mapped[int] = mapped_column(server_default="0")
    """Drafts that were there when it began."""
    issued: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    """Drafts that cannot be issued as they are; each says why."""
    reached_on: Mapped[date | None]
    reached_id: Mapped[UUID | None]
    """The last draft that was looked at, with its day."""
    requested_by: Mapped[str]
    created_at: Mapped[CreatedAt]
