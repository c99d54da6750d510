"""Papers that somebody asked for: statements of account, and bundles of documents in files."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.bundles import BundleFormat
from bursar.rules.consequences import DocumentKind
from models.base import Base, CreatedAt, Currency, Id, UtcTime, check, one_of
from models.work import Work, work_indexes


class Statement(Base):
    """What a customer was charged and paid in a span of days, frozen; the same words are one statement."""

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("customer_id", "snapshot_sha256"),
        check("first_day <= last_day", "span_has_a_length"),
    )

    id: Mapped[Id]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    currency: Mapped[Currency]
    first_day: Mapped[date]
    last_day: Mapped[date]
    number: Mapped[str]
    snapshot: Mapped[bytes]
    snapshot_sha256: Mapped[str]
    created_at: Mapped[CreatedAt]


class Bundle(Work, Base):
    """Documents that were finished when it was asked for, to be put into files of so many each."""

    __tablename__ = "bundles"
    __table_args__ = (
        *work_indexes("bundles"),
        Index("ix_bundles_customer_id", "customer_id"),
        one_of("format", BundleFormat),
        one_of("kind", DocumentKind),
    )

    id: Mapped[Id]
    format: Mapped[str]
    kind: Mapped[str | None]
    """Only documents of this kind; None for all."""
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    since: Mapped[UtcTime | None]
    until: Mapped[UtcTime | None]
    done_until: Mapped[UUID | None]
    """The last document that is in a file: what a kill interrupts goes on behind it."""
    requested_by: Mapped[str]
    created_at: Mapped[CreatedAt]


class BundlePart(Base):
    """One file of a bundle. `left_out` of its documents were missing or damaged, as its manifest says."""

    __tablename__ = "bundle_parts"
    __table_args__ = (UniqueConstraint("bundle_id", "position"), check("position >= 1", "counted_from_one"))

    id: Mapped[Id]
    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("bundles.id", ondelete="RESTRICT"))
    position: Mapped[int]
    blob_key: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    documents: Mapped[int]
    left_out: Mapped[int]
    created_at: Mapped[CreatedAt]
