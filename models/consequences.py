"""What people keep: documents and e-mails, each a row that is worked off until it is done."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bursar.rules.consequences import DocumentKind, MailKind, SendState
from models.base import Base, CreatedAt, Id, UtcTime, check, one_of
from models.work import Work, work_indexes


class Document(Work, Base):
    """A paper to be rendered once per version; the stored bytes rule."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "version"),
        *work_indexes("documents"),
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
    created_at: Mapped[CreatedAt]


class Email(Work, Base):
    """A mail that must go out; `send_state` says what the other side may already have."""

    __tablename__ = "emails"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        *work_indexes("emails"),
        Index("ix_emails_document_id", "document_id"),
        one_of("kind", MailKind),
        one_of("send_state", SendState),
        check("copies BETWEEN 0 AND 2", "at_most_two_copies"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    subject_id: Mapped[UUID]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="RESTRICT"))
    """The mail is due only when this document is done (or dead, then it goes without it)."""
    send_state: Mapped[str] = mapped_column(server_default=SendState.RESERVED.value)
    copies: Mapped[int] = mapped_column(server_default="0")
    """How many times DATA was begun."""
    sent_at: Mapped[UtcTime | None]
    created_at: Mapped[CreatedAt]
