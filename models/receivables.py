"""What is owed: number series, invoices and their fee components, receipts."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.states import InvoiceStatus
from bursar.rules.tax import InvoiceKind, TaxKind
from models.base import ROOM_FOR_ONE_MORE, Base, CreatedAt, Currency, Id, Minor, UtcTime, check, one_of


class DocumentSeries(Base):
    """A gapless counter per entity, kind, prefix and fiscal year."""

    __tablename__ = "document_series"
    __table_args__ = (
        UniqueConstraint("entity", "kind", "prefix", "fiscal_year"),
        check("next_seq >= 1", "next_positive"),
    )

    id: Mapped[Id]
    entity: Mapped[str]
    kind: Mapped[str]
    prefix: Mapped[str]
    fiscal_year: Mapped[str]
    next_seq: Mapped[int] = mapped_column(BigInteger, server_default="1")


class Invoice(Base):
    """What a customer owes for one thing. Once issued, only its projections change."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series_id", "seq"),
        UniqueConstraint("number"),
        Index(
            "uq_invoices_source",
            "source_type",
            "source_id",
            "period_start",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_invoices_customer_id", "customer_id"),
        Index("ix_invoices_source_id", "source_id"),
        Index("ix_invoices_to_issue", "issue_on", "id", postgresql_where=text("status = 'draft'")),
        Index("ix_invoices_to_note", "id", postgresql_where=text("refunded_minor <> noted_minor")),
        # Names no sum: a payment changes none of its columns, so the row stays on its page.
        Index(
            "ix_invoices_to_dun",
            "due_on",
            "id",
            postgresql_where=text("status = 'open' AND NOT dunning_seen"),
        ),
        one_of("status", InvoiceStatus),
        one_of("kind", InvoiceKind),
        check("total_minor > 0", "total_positive"),
        check("paid_minor >= 0 AND refunded_minor >= 0", "sums_not_negative"),
        check("paid_minor + refunded_minor <= total_minor", "not_overpaid"),
        check("(status = 'draft') = (number IS NULL)", "numbered_once_issued"),
        check("(number IS NULL) = (opened_seq IS NULL)", "ordered_once_issued"),
        ROOM_FOR_ONE_MORE,
    )

    id: Mapped[Id]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    track_id: Mapped[UUID | None] = mapped_column(ForeignKey("tracks.id", ondelete="RESTRICT"))
    source_type: Mapped[str]
    source_id: Mapped[str]
    """The host's reference of what is billed; payments may name it in their metadata."""
    period_start: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default=InvoiceStatus.DRAFT.value)
    currency: Mapped[Currency]
    kind: Mapped[str] = mapped_column(server_default=InvoiceKind.INVOICE.value)
    """What it is called by law; a draft's may change until it is issued."""
    place_of_supply: Mapped[str | None]
    total_minor: Mapped[Minor]
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    round_off_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Part of the total; on its largest line."""
    paid_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Projection: allocated to its lines now."""
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Projection: allocated once, then refunded with effect `cancel`."""
    noted_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Projection: what stands on credit notes, less what was credited; where it is not what was refunded, a note
    is missing."""
    due_on: Mapped[date]
    issue_on: Mapped[date | None]
    """The day on which a job issues it by itself; None: only who names it."""
    refused_because: Mapped[str | None]
    """Why the last job could not issue it; empty once it is issued."""
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("document_series.id", ondelete="RESTRICT"))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    issued_at: Mapped[UtcTime | None]
    opened_seq: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    contested: Mapped[bool] = mapped_column(server_default="false")
    """Some of the money on it is disputed: what it grants is suspended."""
    tolerance_minor: Mapped[Minor | None]
    """The largest rest that policy gives up; none until money came for it."""
    suspended: Mapped[bool] = mapped_column(server_default="false")
    """Dunning suspended what it grants, for as long as something of it is open."""
    dunning_seen: Mapped[bool] = mapped_column(server_default="false")
    """The scan for overdue invoices has looked at it; it has a case, or nothing was owed."""
    snapshot: Mapped[bytes | None]
    snapshot_sha256: Mapped[str | None]
    created_at: Mapped[CreatedAt]


class InvoiceLine(Base):
    """One fee component of an invoice."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        check("quantity > 0 AND unit_minor >= 0 AND discount_minor >= 0", "terms_not_negative"),
        check("net_minor = quantity * unit_minor - discount_minor AND net_minor >= 0", "net_of_terms"),
        one_of("tax_kind", TaxKind),
        check(
            "tax_minor >= 0 AND gross_minor = net_minor + tax_minor + rounding_minor AND gross_minor > 0",
            "gross_of_net",
        ),
        check("tax_kind NOT IN ('cgst_sgst', 'cgst_utgst') OR tax_minor % 2 = 0", "halves_are_equal"),
        check("allocated_minor >= 0 AND refunded_minor >= 0", "sums_not_negative"),
        check("credited_minor >= 0 AND written_off_minor >= 0", "relief_not_negative"),
        check("tolerated_minor BETWEEN 0 AND written_off_minor", "tolerated_is_written_off"),
        check(
            "given_up_minor BETWEEN written_off_minor - tolerated_minor AND gross_minor", "ruled_is_given_up"
        ),
        check(
            "allocated_minor + refunded_minor + credited_minor + written_off_minor <= gross_minor",
            "not_overpaid",
        ),
        ROOM_FOR_ONE_MORE,
    )

    id: Mapped[Id]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    position: Mapped[int]
    component: Mapped[str]
    description: Mapped[str | None]
    priority: Mapped[int] = mapped_column(server_default="100")
    """Lower is paid first."""
    due_on: Mapped[date]
    quantity: Mapped[int] = mapped_column(server_default="1")
    unit_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    net_minor: Mapped[Minor]
    tax_kind: Mapped[str] = mapped_column(server_default=TaxKind.TOLD.value)
    tax_rate_bp: Mapped[int] = mapped_column(server_default="0")
    """Basis points: 1800 is 18 %."""
    tax_code: Mapped[str | None]
    """SAC or HSN."""
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    rounding_minor: Mapped[Minor] = mapped_column(server_default="0")
    gross_minor: Mapped[Minor]
    allocated_minor: Mapped[Minor] = mapped_column(server_default="0")
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    credited_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Taken back by credit notes."""
    written_off_minor: Mapped[Minor] = mapped_column(server_default="0")
    given_up_minor: Mapped[Minor] = mapped_column(server_default="0")
    """What somebody ruled to give up at most: written off as far as no money came."""
    tolerated_minor: Mapped[Minor] = mapped_column(server_default="0")
    """The part of what is written off that policy gave up, as a small rest."""


class Receipt(Base):
    """The numbered receipt of a payment; its snapshot is frozen when the number is taken."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("series_id", "seq"), UniqueConstraint("number"))

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"), unique=True)
    series_id: Mapped[UUID] = mapped_column(ForeignKey("document_series.id", ondelete="RESTRICT"))
    seq: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    issued_at: Mapped[UtcTime]
    snapshot: Mapped[bytes]
    snapshot_sha256: Mapped[str]
