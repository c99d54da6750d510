"""Documents as people look for them: by number, customer and time; and what is compared with their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import first_id_at, new_id

DOCUMENT = """
SELECT d.id, d.kind, d.version, d.state, d.subject_id, d.blob_key, d.size_bytes, d.renderer_version, d.failures,
  d.error, d.created_at, d.done_at, d.verified_at, c.external_ref AS customer, c.name AS customer_name,
  coalesce(r.number, i.number, cn.number, s.number) AS number, coalesce(p.currency, i.currency, ci.currency, s.currency) AS currency,
  coalesce(p.amount_minor, i.total_minor, cn.total_minor) AS amount_minor,
  coalesce(r.snapshot, i.snapshot, cn.snapshot, s.snapshot) AS snapshot,
  coalesce(r.snapshot_sha256, i.snapshot_sha256, cn.snapshot_sha256, s.snapshot_sha256) AS snapshot_sha256
FROM documents d
LEFT JOIN payments p ON d.kind = 'receipt' AND p.id = d.subject_id
LEFT JOIN receipts r ON d.kind = 'receipt' AND r.payment_id = d.subject_id
LEFT JOIN invoices i ON d.kind = 'invoice' AND i.id = d.subject_id
LEFT JOIN credit_notes cn ON d.kind = 'credit_note' AND cn.id = d.subject_id
LEFT JOIN invoices ci ON ci.id = cn.invoice_id
LEFT JOIN statements s ON d.kind = 'statement' AND s.id = d.subject_id
LEFT JOIN customers c ON c.id = coalesce(p.customer_id, i.customer_id, ci.customer_id, s.customer_id)
"""
"""A document with what it is about; None where its subject has no number, or no amount, yet."""
NEWEST = """NOT EXISTS (SELECT FROM documents n WHERE n.kind = d.kind AND n.subject_id = d.subject_id
  AND n.version > d.version AND n.state = 'done')"""
_FILTER = """
WHERE (CAST(:kind AS text) IS NULL OR d.kind = :kind) AND (CAST(:state AS text) IS NULL OR d.state = :state)
  AND (CAST(:customer AS text) IS NULL OR c.external_ref = :customer)
  AND (CAST(:since AS uuid) IS NULL OR d.id >= :since) AND (CAST(:until AS uuid) IS NULL OR d.id < :until)
ORDER BY d.id DESC LIMIT :limit"""
_UNVERIFIED = f"""
WHERE d.id IN (SELECT d.id FROM documents d WHERE d.state = 'done' AND {NEWEST}
  AND (d.verified_at IS NULL OR d.verified_at < :before)
  AND (CAST(:ids AS uuid[]) IS NULL OR d.id = ANY(CAST(:ids AS uuid[])))
  ORDER BY d.verified_at NULLS FIRST, d.id LIMIT :limit)
ORDER BY d.id"""


class DocumentUnknown(Refused):
    """No document has this id or number."""


class DocumentUnfinished(Refused):
    """The document is not made yet, or its next version is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSearch:
    """Which documents; None means any."""

    kind: str | None = None
    state: str | None = None
    customer: str | None = None
    """The host's reference."""
    since: datetime | None = None
    """When it was reserved, not what stands on it."""
    until: datetime | None = None
    limit: int


def find_documents(session: Session, search: DocumentSearch) -> Sequence[Row[Any]]:
    """Those that match, the newest first. Ids are in the order of time."""
    parameters = {
        "kind": search.kind,
        "state": search.state,
        "customer": search.customer,
        "since": search.since and first_id_at(search.since),
        "until": search.until and first_id_at(search.until),
        "limit": search.limit,
    }
    return session.execute(text(DOCUMENT + _FILTER), parameters).all()


def get_document(session: Session, ref: str) -> Row[Any]:
    """By id, or the newest version by number. Raises DocumentUnknown."""
    found = session.execute(
        text(
            f"""{DOCUMENT} WHERE d.id = :id OR d.subject_id IN (
                  SELECT payment_id FROM receipts WHERE number = :ref
                  UNION ALL SELECT id FROM invoices WHERE number = :ref
                  UNION ALL SELECT id FROM credit_notes WHERE number = :ref
                  UNION ALL SELECT id FROM statements WHERE number = :ref)
                ORDER BY d.version DESC LIMIT 1"""
        ),
        {"ref": ref, "id": _id(ref)},
    ).one_or_none()
    if found is None:
        raise DocumentUnknown(
            f"no document has the id or number {ref!r:.100}; `bursar documents list` names them"
        )
    return found


def get_finished(session: Session, ref: str) -> Row[Any]:
    """The same, of which the bytes are stored. Raises DocumentUnfinished too."""
    found = get_document(session, ref)
    if found.state != "done":
        why = f": {found.error}" if found.error else ""
        raise DocumentUnfinished(
            f"document {found.id} is {found.state}{why}; `bursar documents show` tells more"
        )
    return found


def unverified(session: Session, *, before: datetime, ids: Sequence[UUID], limit: int) -> Sequence[Row[Any]]:
    """The newest finished versions not compared since then, longest ago first; of these ids, or of all."""
    parameters = {"before": before, "ids": list(ids) or None, "limit": limit}
    return session.execute(text(DOCUMENT + _UNVERIFIED), parameters).all()


def note_verified(session: Session, ids: Sequence[UUID]) -> None:
    """They were compared, whatever came of it."""
    session.execute(text("UPDATE documents SET verified_at = now() WHERE id = ANY(:ids)"), {"ids": list(ids)})


def reserve_version(session: Session, document_id: UUID) -> UUID:
    """Reserve the next version of a document. Raises DocumentUnfinished while a later one is under way."""
    made = session.scalar(
        text(
            """INSERT INTO documents (id, kind, subject_id, version)
               SELECT :new, kind, subject_id, version + 1 FROM documents WHERE id = :id
               ON CONFLICT (kind, subject_id, version) DO NOTHING RETURNING id"""
        ),
        {"new": new_id(), "id": document_id},
    )
    if made is None:
        raise DocumentUnfinished(f"document {document_id} has a later version already")
    return UUID(str(made))


def _id(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None
