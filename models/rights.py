"""What follows the money: enrollments, the grants behind them, unlocked projects, progress."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.states import EnrollmentState
from models.base import Base, CreatedAt, Id, UtcTime, one_of
from models.work import Work, work_indexes


class Enrollment(Work, Base):
    """A customer's place in a track: what it should be, what it is, and work while they differ."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("customer_id", "track_id"),
        *work_indexes("enrollments"),
        one_of("desired", EnrollmentState),
        one_of("observed", EnrollmentState),
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
    )

    id: Mapped[Id]
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id", ondelete="RESTRICT"))
    source_type: Mapped[str]
    source_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default=EnrollmentState.PENDING.value)


class Unlock(Base):
    """A project that is open to a learner."""

    __tablename__ = "unlocks"
    __table_args__ = (UniqueConstraint("enrollment_id", "project_id"),)

    id: Mapped[Id]
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id", ondelete="RESTRICT"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    unlocked_at: Mapped[CreatedAt]


class StepProgress(Base):
    """How far a learner is with one step."""

    __tablename__ = "step_progress"
    __table_args__ = (UniqueConstraint("enrollment_id", "step_id"),)

    id: Mapped[Id]
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id", ondelete="RESTRICT"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("project_steps.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(server_default="not_started")
    created_at: Mapped[CreatedAt]
