"""Asking for overdue money: policies by the hash of their text, cases, and the steps that were taken."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.dunning.deciding import CaseStatus, HoldKind, SubjectType
from bursar.rules.dunning.policy import Action
from models.base import Base, CreatedAt, Id, Minor, UtcTime, check, one_of
from models.work import Work, work_indexes


class DunningPolicy(Base):
    """The text of a policy. A case keeps the one it was opened with, so a policy may change at any time."""

    __tablename__ = "dunning_policies"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[CreatedAt]


class DunningCase(Base):
    """One overdue thing, from its first step until it is paid, given up or void."""

    __tablename__ = "dunning_cases"
    __table_args__ = (
        Index(
            "uq_dunning_cases_open",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_dunning_cases_due", "next_at", "id", postgresql_where=text("status = 'open'")),
        Index("ix_dunning_cases_subject_id", "subject_id"),
        Index("ix_dunning_cases_customer_id", "customer_id"),
        one_of("status", CaseStatus),
        one_of("hold", HoldKind),
        one_of("subject_type", SubjectType),
        check("(status = 'open') = (closed_at IS NULL)", "closed_once_over"),
        check("hold IS NOT NULL OR (hold_until IS NULL AND hold_reason IS NULL)", "held_for_a_reason"),
    )

    id: Mapped[Id]
    subject_type: Mapped[str] = mapped_column(server_default=SubjectType.INVOICE.value)
    subject_id: Mapped[UUID]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    policy_sha256: Mapped[str] = mapped_column(ForeignKey("dunning_policies.sha256", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(server_default=CaseStatus.OPEN.value)
    anchor_on: Mapped[date]
    """The customer's day from which the days of the policy are counted."""
    zone: Mapped[str]
    """The clock on the customer's wall, as it was when the case opened."""
    next_at: Mapped[UtcTime]
    """When to look again; `infinity` while a step is pending."""
    why: Mapped[str]
    """What it waits for, or why it is over."""
    hold: Mapped[str | None]
    hold_until: Mapped[UtcTime | None]
    hold_reason: Mapped[str | None]
    opened_at: Mapped[UtcTime]
    closed_at: Mapped[UtcTime | None]


class DunningStep(Work, Base):
    """One step of a case: which one is said when it is taken, for another may have come due meanwhile."""

    __tablename__ = "dunning_steps"
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        UniqueConstraint("case_id", "day"),
        *work_indexes("dunning_steps"),
        one_of("action", Action),
        check("(state = 'done') = (taken_at IS NOT NULL)", "taken_once_done"),
        check("state <> 'done' OR action IS NOT NULL", "done_is_something"),
    )

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("dunning_cases.id", ondelete="RESTRICT"))
    n: Mapped[int] = mapped_column(SmallInteger)
    policy_step: Mapped[int | None] = mapped_column(SmallInteger)
    """Its place in the policy, from 0; none for a charge that a new card caused."""
    action: Mapped[str | None]
    day: Mapped[date | None]
    """The customer's day on which it was taken: one step a day. None where the customer caused it."""
    why: Mapped[str]
    balance_minor: Mapped[Minor | None]
    """What was owed then."""
    checkout_id: Mapped[UUID | None] = mapped_column(ForeignKey("checkouts.id", ondelete="RESTRICT"))
    """The charge it made."""
    email_id: Mapped[UUID | None] = mapped_column(ForeignKey("emails.id", ondelete="RESTRICT"))
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    """The late fee it took."""
    taken_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]
