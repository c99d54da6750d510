"""What people keep: documents and e-mails, each a row that is worked off until it is done."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.consequences import DocumentKind, MailKind, Precondition, SendState, SuppressionReason
from models.base import Base, CreatedAt, Id, Minor, UtcTime, check, one_of
from models.work import Work, work_indexes


class Document(Work, Base):
    """A paper to be rendered once per version; the stored bytes rule."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "version"),
        *work_indexes("documents"),
        Index(
            "ix_documents_verified_at",
            text("verified_at NULLS FIRST"),
            "id",
            postgresql_where=text("state = 'done'"),
        ),
        one_of("kind", DocumentKind),
        check("(state = 'done') = (blob_key IS NOT NULL)", "stored_once_done"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default="1")
    blob_key: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    renderer_version: Mapped[str | None]
    verified_at: Mapped[UtcTime | None]
    """When the bytes were last compared with their hash and with what was frozen."""
    created_at: Mapped[CreatedAt]


class Email(Work, Base):
    """A mail that must go out; `send_state` says what the other side may already have."""

    __tablename__ = "emails"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        *work_indexes("emails"),
        Index("ix_emails_document_id", "document_id"),
        Index("ix_emails_invoice_id", "invoice_id", postgresql_where=text("invoice_id IS NOT NULL")),
        one_of("kind", MailKind),
        one_of("send_state", SendState),
        one_of("precondition", Precondition),
        check("copies BETWEEN 0 AND 2", "at_most_two_copies"),
        check("customer_id IS NOT NULL OR kind IN ('dispute.alert')", "only_operators_are_no_customer"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    """Who reads it; none where the operators do."""
    subject_id: Mapped[UUID]
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What it says (bursar.emails.kinds); none where it is read from its subject when it goes out."""
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id", ondelete="RESTRICT"))
    """What it is about: its precondition asks for it, and mail programs show it below that invoice's mail."""
    precondition: Mapped[str | None]
    """What must still be true in the commit after which the mail may be out."""
    owed_minor: Mapped[Minor | None]
    """What the invoice owed when the mail was reserved: the mail is for nobody once that has changed."""
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="RESTRICT"))
    """The mail is due only when this document is done (or dead, then it goes without it)."""
    send_state: Mapped[str] = mapped_column(server_default=SendState.RESERVED.value)
    copies: Mapped[int] = mapped_column(server_default="0")
    """How many times DATA was begun."""
    sent_at: Mapped[UtcTime | None]
    answer: Mapped[str | None]
    """What the mail server said when it took it: its own number of the mail, for whoever asks there."""
    created_at: Mapped[CreatedAt]


class Suppression(Base):
    """An address to which nothing is sent any more: it does not exist, or its reader does not want to."""

    __tablename__ = "suppressions"
    __table_args__ = (
        one_of("reason", SuppressionReason),
        check("address = lower(address)", "address_in_lower_case"),
    )

    id: Mapped[Id]
    address: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    detail: Mapped[str]
    email_id: Mapped[UUID | None] = mapped_column(ForeignKey("emails.id", ondelete="RESTRICT"))
    """The mail that came back, or that was complained about."""
    created_at: Mapped[CreatedAt]
