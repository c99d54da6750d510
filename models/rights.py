"""What follows the money: enrollments, the grants behind them, unlocked projects, progress."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.states import EnrollmentState
from models.base import ROOM_FOR_ONE_MORE, Base, CreatedAt, Id, UtcTime, check, one_of
from models.work import Work, work_checks


class Enrollment(Work, Base):
    """A customer's place in a track: what it should be, what it is, and work while they differ."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("customer_id", "track_id"),
        *work_checks(),
        check("state NOT IN ('pending', 'running') OR desired <> observed", "work_while_they_differ"),
        # It names no column that a claim writes: the new version of a row stays on its page.
        Index("ix_enrollments_open", "not_before", "id", postgresql_where=text("desired <> observed")),
        one_of("desired", EnrollmentState),
        one_of("observed", EnrollmentState),
        ROOM_FOR_ONE_MORE,
    )

    id: Mapped[Id]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    track_id: Mapped[UUID] = mapped_column(ForeignKey("tracks.id", ondelete="RESTRICT"))
    desired: Mapped[str] = mapped_column(server_default=EnrollmentState.PENDING.value)
    observed: Mapped[str] = mapped_column(server_default=EnrollmentState.PENDING.value)
    activated_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]


class EnrollmentGrant(Base):
    """A source of the right: today an invoice. Several sources of one right are counted."""

    __tablename__ = "enrollment_grants"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "source_type", "source_id"),
        Index("ix_enrollment_grants_source", "source_type", "source_id"),
        one_of("state", EnrollmentState),
        ROOM_FOR_ONE_MORE,
    )

    id: Mapped[Id]
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id", ondelete="RESTRICT"))
    source_type: Mapped[str]
    source_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default=EnrollmentState.PENDING.value)


class Unlock(Base):
    """A project that is open to a learner."""

    __tablename__ = "unlocks"

    enrollment_id: Mapped[UUID] = mapped_column(
        ForeignKey("enrollments.id", ondelete="RESTRICT"), primary_key=True
    )
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"), primary_key=True)
    unlocked_at: Mapped[CreatedAt]


class StepProgress(Base):
    """How far a learner is with one step."""

    __tablename__ = "step_progress"

    enrollment_id: Mapped[UUID] = mapped_column(
        ForeignKey("enrollments.id", ondelete="RESTRICT"), primary_key=True
    )
    step_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_steps.id", ondelete="RESTRICT"), primary_key=True
    )
    status: Mapped[str] = mapped_column(server_default="not_started")
    created_at: Mapped[CreatedAt]
