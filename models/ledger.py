"""The double-entry ledger: the only place where money is. Append-only, enforced by triggers."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.ledger import CauseType, EntryKind
from models.base import Base, CreatedAt, Currency, Id, Minor, check, one_of


class LedgerEntry(Base):
    """One movement of money; its lines sum to zero per currency (deferred trigger)."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("cause_type", "cause_id", "kind"),
        one_of("cause_type", CauseType),
        one_of("kind", EntryKind),
    )

    id: Mapped[Id]
    cause_type: Mapped[str]
    cause_id: Mapped[UUID]
    kind: Mapped[str]
    policy: Mapped[str | None]
    """Allocation policy and its version, where the entry allocates."""
    posted_at: Mapped[CreatedAt]
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    """The transaction that made it: lines may be added in no other."""


class LedgerLine(Base):
    """One leg of an entry. Debit is positive, credit negative.

    A line on `receivable` that names a payment *is* the allocation of that payment to that invoice line.
    """

    __tablename__ = "ledger_lines"
    __table_args__ = (
        Index("ix_ledger_lines_payment_id", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
        Index(
            "ix_ledger_lines_invoice_line_id",
            "invoice_line_id",
            postgresql_where=text("invoice_line_id IS NOT NULL"),
        ),
        Index("ix_ledger_lines_dispute_id", "dispute_id", postgresql_where=text("dispute_id IS NOT NULL")),
        check("amount_minor <> 0", "amount_not_zero"),
        check(
            "account NOT IN ('customer_credit', 'unidentified') OR payment_id IS NOT NULL",
            "credit_is_held_in_lots",
        ),
        check("account <> 'receivable' OR invoice_line_id IS NOT NULL", "receivable_names_its_line"),
    )

    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("ledger_entries.id", ondelete="RESTRICT"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    invoice_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice_lines.id", ondelete="RESTRICT"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("disputes.id", ondelete="RESTRICT"))
