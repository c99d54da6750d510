"""Which documents go into a bundle, which file is next, and what stands in the files made so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.bundles import BundleFormat
from models.queries.documents import DOCUMENT

_NEXT = """
WHERE d.state = 'done' AND d.done_at <= b.created_at AND (b.done_until IS NULL OR d.id > b.done_until)
  AND (b.kind IS NULL OR d.kind = b.kind) AND (b.customer_id IS NULL OR c.id = b.customer_id)
  AND (b.since IS NULL OR d.created_at >= b.since) AND (b.until IS NULL OR d.created_at < b.until)
  AND NOT EXISTS (SELECT FROM documents n WHERE n.kind = d.kind AND n.subject_id = d.subject_id
    AND n.version > d.version AND n.state = 'done' AND n.done_at <= b.created_at)
ORDER BY d.id LIMIT :limit"""
"""What was finished when the bundle was asked for, in its newest version then: whoever asks again gets the same."""


class BundleUnknown(Refused):
    """No bundle has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which documents a bundle holds; None means any."""

    kind: str | None = None
    customer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def reserve_bundle(session: Session, bundle_format: BundleFormat, scope: Scope, *, by: str) -> UUID:
    """Reserve a bundle of what is finished now; workers make it."""
    bundle_id = new_id()
    session.execute(
        text(
            """INSERT INTO bundles (id, format, kind, customer_id, since, until, requested_by)
               VALUES (:id, :format, :kind, :customer_id, :since, :until, :by)"""
        ),
        {
            "id": bundle_id,
            "format": bundle_format.value,
            "kind": scope.kind,
            "customer_id": scope.customer_id,
            "since": scope.since,
            "until": scope.until,
            "by": by,
        },
    )
    return bundle_id


def get_bundle(session: Session, bundle_id: UUID) -> Row[Any]:
    """How a bundle stands. Raises BundleUnknown."""
    found = session.execute(
        text("SELECT id, format, state, error, created_at, done_at FROM bundles WHERE id = :id"),
        {"id": bundle_id},
    ).one_or_none()
    if found is None:
        raise BundleUnknown(f"no bundle has the id {bundle_id}")
    return found


def parts(session: Session, bundle_id: UUID) -> Sequence[Row[Any]]:
    """The files made so far, in order."""
    statement = """SELECT position, blob_key, size_bytes, documents, left_out FROM bundle_parts
      WHERE bundle_id = :id ORDER BY position"""
    return session.execute(text(statement), {"id": bundle_id}).all()


def next_documents(session: Session, bundle_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """The documents of the next file, in the order they were reserved."""
    joined = f"{DOCUMENT} JOIN bundles b ON b.id = :bundle_id {_NEXT}"
    return session.execute(text(joined), {"bundle_id": bundle_id, "limit": limit}).all()


def add_part(
    session: Session,
    bundle_id: UUID,
    *,
    blob: tuple[str, int],
    documents: int,
    left_out: int,
    done_until: UUID,
) -> None:
    """A file is in the store (key, bytes): the bundle goes on behind its last document, when its turn comes."""
    session.execute(
        text(
            """INSERT INTO bundle_parts (id, bundle_id, position, blob_key, size_bytes, documents, left_out)
               SELECT :id, :bundle_id, count(*) + 1, :blob_key, :size_bytes, :documents, :left_out
               FROM bundle_parts WHERE bundle_id = :bundle_id"""
        ),
        {
            "id": new_id(),
            "bundle_id": bundle_id,
            "blob_key": blob[0],
            "size_bytes": blob[1],
            "documents": documents,
            "left_out": left_out,
        },
    )
    session.execute(
        text(
            """UPDATE bundles SET done_until = :done_until, state = 'pending', lease_until = NULL, claim_token = NULL,
                 not_before = now(), failures = 0, error = NULL, error_class = NULL WHERE id = :id"""
        ),
        {"id": bundle_id, "done_until": done_until},
    )
