"""What is sold: course tracks with their projects and steps; plans with their prices at the gateways."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.enrollment import UnlockRule
from bursar.rules.subscriptions import PlanInterval
from models.base import Base, CreatedAt, Currency, Id, Minor, check, one_of


class Track(Base):
    """A course track with its price and the rule that unlocks it."""

    __tablename__ = "tracks"
    __table_args__ = (
        one_of("unlock_rule", UnlockRule),
        check("price_minor > 0", "price_positive"),
        check("unlock_share_bp BETWEEN 1 AND 10000", "share_in_basis_points"),
        check("withdraw_share_bp BETWEEN 1 AND 10000", "withdraw_in_basis_points"),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    price_minor: Mapped[Minor]
    currency: Mapped[Currency]
    unlock_rule: Mapped[str] = mapped_column(server_default=UnlockRule.PAID_IN_FULL.value)
    unlock_share_bp: Mapped[int] = mapped_column(server_default="10000")
    """Basis points of the invoice that must have been paid, for rule `share`."""
    withdraw_share_bp: Mapped[int] = mapped_column(server_default="10000")
    """Basis points of what was paid that, once refunded, withdraw the enrollment."""


class Project(Base):
    """A project of a track; the first one opens with the enrollment."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("track_id", "position"),)

    id: Mapped[Id]
    track_id: Mapped[UUID] = mapped_column(ForeignKey("tracks.id", ondelete="RESTRICT"))
    position: Mapped[int]
    title: Mapped[str]


class ProjectStep(Base):
    """One step of a project; progress is counted in steps."""

    __tablename__ = "project_steps"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    position: Mapped[int]
    title: Mapped[str]


class Plan(Base):
    """What is billed again and again, in the host's words; gateways know it by its prices."""

    __tablename__ = "plans"
    __table_args__ = (one_of("interval", PlanInterval),)

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    interval: Mapped[str]
    created_at: Mapped[CreatedAt]


class Price(Base):
    """A gateway's own price or plan id for a plan in one currency; the gateway says how much it is."""

    __tablename__ = "prices"
    __table_args__ = (UniqueConstraint("plan_id", "currency", "gateway_account", "external_id"),)

    id: Mapped[Id]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id", ondelete="RESTRICT"))
    currency: Mapped[Currency]
    gateway_account: Mapped[str]
    external_id: Mapped[str]
    created_at: Mapped[CreatedAt]
    """The newest is what new subscriptions get; the older ones say what running ones are."""
