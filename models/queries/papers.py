"""Frozen papers of invoices, credit notes and statements, and what their mails say of what is still owed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.rules.consequences import DocumentKind

_TABLES = {
    DocumentKind.INVOICE: "invoices",
    DocumentKind.CREDIT_NOTE: "credit_notes",
    DocumentKind.STATEMENT: "statements",
}
"""Kind of paper -> where its snapshot is frozen; receipts have a table of their own, by payment."""
FROZEN_KINDS = frozenset(_TABLES)


def frozen(session: Session, kind: DocumentKind, ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, str]]:
    """Subject -> (frozen snapshot, its sha256), of those that are issued."""
    statement = f"SELECT id, snapshot, snapshot_sha256 FROM {_TABLES[kind]} WHERE id = ANY(:ids) AND number IS NOT NULL"
    rows = session.execute(text(statement), {"ids": list(ids)})
    return {row.id: (bytes(row.snapshot), row.snapshot_sha256) for row in rows}


def reserved(session: Session, kind: DocumentKind, subjects: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Subject -> its reserved paper."""
    statement = (
        "SELECT subject_id, id FROM documents WHERE kind = :kind AND subject_id = ANY(:ids) AND version = 1"
    )
    rows = session.execute(text(statement), {"kind": kind.value, "ids": list(subjects)})
    return {row.subject_id: row.id for row in rows}


def open_minor(session: Session, invoices: Sequence[UUID]) -> Mapping[UUID, int]:
    """Invoice -> what is still owed, in minor units; credit may have paid some of it at once."""
    statement = "SELECT id, (total_minor - paid_minor - refunded_minor)::bigint AS owed FROM invoices WHERE id = ANY(:ids)"
    rows = session.execute(text(statement), {"ids": list(invoices)})
    return {row.id: row.owed for row in rows}
