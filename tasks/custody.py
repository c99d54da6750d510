"""Documents stay what they were: bytes compared with their hash and with what was frozen, and made again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.documents.render import RENDERER_VERSION, Rendered
from bursar.documents.store import BlobDamaged, BlobMissing, BlobSound, BlobStore, LocalBlobStore, open_store
from bursar.errors import Broken, Misconfigured
from bursar.rules.breaks import BreakKind
from bursar.settings import load
from models.inbox_writes import open_break
from models.queries import breaks, documents
from models.queries.audit import audit
from models.queries.receipts import database_now
from models.session import transaction
from tasks.wakes import Wakes
from workers.crashpoints import crash_point

log = structlog.get_logger(__name__)

PAGE = 200
"""Documents compared between two commits: a second or two of work."""
Draw = Callable[[tuple[bytes, str]], Rendered]
"""From a frozen snapshot and its hash to the paper."""


class Damage(StrEnum):
    """What can be wrong with stored bytes."""

    MISSING = "missing"
    DAMAGED = "damaged"
    SIZE = "other_size"
    DIFFERS = "drawn_differently"
    """The same renderer makes other bytes of what was frozen."""
    UNREADABLE = "snapshot_unreadable"


class Verdict(NamedTuple):
    """What became of comparing one document; None when it is what it was."""

    document: Row[Any]
    damage: Damage | None


def verify(draw: Draw, ids: Sequence[UUID] = (), *, rest_s: float = 0) -> Iterator[list[Verdict]]:
    """Compare documents, or these, page by page; each page is recorded before it is given.

    Those compared within the last `rest_s` seconds are left alone. What is wrong opens a break, what is right
    again closes it. Raises StoreAway.
    """
    store = open_store(load())
    with transaction() as session:
        before = database_now(session) - timedelta(seconds=rest_s)
    if isinstance(store, LocalBlobStore):
        store.discard_unfinished()
    while True:
        with transaction() as session:
            page = documents.unverified(session, before=before, ids=ids, limit=PAGE)
        if not page:
            return
        verdicts = [Verdict(row, _damage(store, row, draw)) for row in page]
        with transaction() as session:
            documents.note_verified(session, [row.id for row in page])
            _record(session, verdicts)
        crash_point("documents.verified")
        yield verdicts


def regenerate(ref: str, *, by: str, reason: str) -> UUID:
    """Reserve a new version of a document, and set damaged bytes aside so that they can be stored again.

    The old version stays. Raises DocumentUnknown, DocumentUnfinished or StoreAway.
    """
    with transaction() as session:
        row = documents.get_finished(session, ref)

    _set_aside(open_store(load()), row.blob_key)

    with transaction() as session:
        made = documents.reserve_version(session, row.id)
        breaks.heal(session, BreakKind.DOCUMENT_DAMAGED, [_subject(row)], f"made again by {by}: {reason}")
        detail = {"reason": reason, "of": str(row.id)}
        audit(session, actor=by, verb="regenerated", subjects={made: "document"}, detail=detail)
    crash_point("documents.regenerated")
    Wakes(documents=[made]).publish()
    return made


def _set_aside(store: BlobStore, key: str) -> None:
    try:
        store.set_aside(key)
    except BlobSound:
        return


def _damage(store: BlobStore, row: Row[Any], draw: Draw) -> Damage | None:
    try:
        data = store.get(row.blob_key)
    except BlobMissing:
        return Damage.MISSING
    except BlobDamaged:
        return Damage.DAMAGED
    if len(data) != row.size_bytes:
        return Damage.SIZE
    if row.snapshot is None:
        return Damage.UNREADABLE
    if not row.renderer_version.startswith(RENDERER_VERSION):
        return None
    try:
        drawn = draw((bytes(row.snapshot), row.snapshot_sha256))
    except Broken:
        return Damage.UNREADABLE
    except Misconfigured:  # its theme is not here any more: the hash has spoken, there is nothing to draw
        return None
    return Damage.DIFFERS if drawn.version == row.renderer_version and drawn.pdf != data else None


def _record(session: Session, verdicts: Sequence[Verdict]) -> None:
    sound = [_subject(row) for row, damage in verdicts if damage is None]
    breaks.heal(session, BreakKind.DOCUMENT_DAMAGED, sound, "the bytes are what they were")
    for row, damage in verdicts:
        if damage is not None:
            log.error("documents.damaged", document_id=str(row.id), damage=damage.value)
            open_break(session, BreakKind.DOCUMENT_DAMAGED, _subject(row), damage.value)


def _subject(row: Row[Any]) -> str:
    return f"document:{row.id}"
