"""Credit notes: rows that are numbered and frozen by a worker of their own."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.noting import CreditCause
from models.base import Base, CreatedAt, Id, Minor, UtcTime, check, one_of
from models.work import Work, work_indexes


class CreditNote(Work, Base):
    """What takes back an invoice, or a part: once numbered it never changes."""

    __tablename__ = "credit_notes"
    __table_args__ = (
        UniqueConstraint("action_id"),
        UniqueConstraint("number"),
        UniqueConstraint("series_id", "seq"),
        *work_indexes("credit_notes"),
        Index("ix_credit_notes_invoice_id", "invoice_id"),
        Index(
            "uq_credit_notes_open_refund",
            "invoice_id",
            unique=True,
            postgresql_where=text("cause = 'refund' AND state IN ('pending', 'running')"),
        ),
        one_of("cause", CreditCause),
        check(
            "(number IS NULL) = (snapshot IS NULL) AND (number IS NULL) = (issued_at IS NULL)",
            "frozen_once_numbered",
        ),
        check("state <> 'done' OR number IS NOT NULL", "numbered_once_done"),
    )

    id: Mapped[Id]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    cause: Mapped[str]
    action_id: Mapped[UUID | None]
    """The ledger's cause of a credit; a note for refunds takes what no note says yet."""
    reason: Mapped[str]
    requested_by: Mapped[str]
    total_minor: Mapped[Minor] = mapped_column(server_default="0")
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    round_off_minor: Mapped[Minor] = mapped_column(server_default="0")
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("document_series.id", ondelete="RESTRICT"))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    issued_at: Mapped[UtcTime | None]
    snapshot: Mapped[bytes | None]
    snapshot_sha256: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class CreditNoteLine(Base):
    """What a note takes back of one line; written once, with its parts."""

    __tablename__ = "credit_note_lines"
    __table_args__ = (
        Index("ix_credit_note_lines_invoice_line_id", "invoice_line_id"),
        check("gross_minor > 0 AND gross_minor = net_minor + tax_minor + rounding_minor", "gross_of_parts"),
    )

    credit_note_id: Mapped[UUID] = mapped_column(
        ForeignKey("credit_notes.id", ondelete="RESTRICT"), primary_key=True
    )
    invoice_line_id: Mapped[UUID] = mapped_column(
        ForeignKey("invoice_lines.id", ondelete="RESTRICT"), primary_key=True
    )
    net_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    rounding_minor: Mapped[Minor]
    gross_minor: Mapped[Minor]
