"""Put finished documents into files, a thousand to each: a step per file, and each step is committed."""

import csv
import zipfile
from collections.abc import Iterator, Sequence
from io import StringIO
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Row

from bursar.documents.binder import Binder
from bursar.documents.store import BlobDamaged, BlobMissing, BlobStore, open_store
from bursar.documents.store.blobs import digest_of
from bursar.errors import Broken, Transient
from bursar.rules.bundles import DOCUMENTS_MAX, BundleFormat, file_name, spreadsheet_text
from bursar.rules.money import Money
from bursar.settings import load
from models.kinds import BUNDLES
from models.queries import bundles
from models.session import is_transient, transaction
from models.work import Claim, fail, finish, release, still_ours
from tasks.drain import claims
from workers.crashpoints import crash_point

log = structlog.get_logger(__name__)

DRAIN_S = 20.0
"""Seconds after which no further file is begun: receipts wait on the same queue."""
SCRATCH = "scratch"
"""Below BURSAR_VAR: a file being made may be larger than what a system keeps in memory as /tmp."""
MANIFEST = "manifest.csv"
COLUMNS = (
    "file",
    "kind",
    "number",
    "version",
    "customer",
    "name",
    "amount",
    "currency",
    "sha256",
    "bytes",
    "left_out",
)
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP can say: equal documents make equal files."""
_OWNER_ONLY = 0o600 << 16


class Made(NamedTuple):
    """What is in a file, and how many of the documents could not be."""

    documents: int
    left_out: int


def work_off(ids: Sequence[UUID] = ()) -> None:
    """Make the files of bundles that are due, these first."""
    for held in claims(BUNDLES, ids, "id, format", drain_s=DRAIN_S):
        for row in held.rows:
            _step(held, row)


def _step(held: Claim, row: Any) -> None:
    """One file of one bundle, whatever becomes of it."""
    try:
        _make(held, row)
    except Exception as error:  # noqa: BLE001 - the row says what happened
        if is_transient(error) or isinstance(error, Transient):
            release(BUNDLES, held, [row.id])
        else:
            fail(BUNDLES, held, row.id, error)
        log.warning("bundles.put_back", bundle_id=str(row.id), error=type(error).__name__)


def _make(held: Claim, row: Any) -> None:
    """Read, make and store a file, commit that it is there. The last step finds nothing and ends it all."""
    with transaction() as session:
        documents = bundles.next_documents(session, row.id, DOCUMENTS_MAX)

    if not documents:
        _finish(held, row.id)
        return
    store, scratch = open_store(load()), load().var / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=scratch) as file:
        chosen = BundleFormat(row.format)
        made = _WRITERS[chosen](file, documents, store)
        size = file.seek(0, 2)
        key = store.put_file(file, f".{chosen.value}")
    crash_point("bundles.stored")

    with transaction() as session:
        if row.id not in still_ours(session, BUNDLES, held, [row.id]):
            return
        bundles.add_part(
            session,
            row.id,
            blob=(key, size),
            documents=made.documents,
            left_out=made.left_out,
            done_until=documents[-1].id,
        )
    crash_point("bundles.part_kept")
    log.info("bundles.part", bundle_id=str(row.id), documents=made.documents, left_out=made.left_out)


def _finish(held: Claim, bundle_id: UUID) -> None:
    with transaction() as session:
        finish(session, BUNDLES, list(still_ours(session, BUNDLES, held, [bundle_id])))
    crash_point("bundles.finished")
    log.info("bundles.finished", bundle_id=str(bundle_id))


def _write_zip(file: IO[bytes], documents: Sequence[Row[Any]], store: BlobStore) -> Made:
    """The stored bytes, not deflated a second time, and a list of what is there and what is not."""
    listed = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for row, name in _named(documents):
            remark = _put(archive, name, row, store)
            listed.append(_listed(row, name, remark))
        archive.writestr(_entry(MANIFEST), _manifest(listed))
    left_out = sum(1 for each in listed if each[-1])
    return Made(len(listed) - left_out, left_out)


def _put(archive: zipfile.ZipFile, name: str, row: Row[Any], store: BlobStore) -> str:
    """Why a document is not in the archive; empty when it is."""
    try:
        data = store.get(row.blob_key)
    except BlobMissing:
        return "missing"
    except BlobDamaged:
        return "damaged"
    archive.writestr(_entry(name), data)
    return ""


def _write_pdf(file: IO[bytes], documents: Sequence[Row[Any]], _: BlobStore) -> Made:
    """All pages in one file with shared fonts, drawn again from what was frozen."""
    binder = Binder(file, load().themes)
    left_out = 0
    for row in documents:
        try:
            binder.add(f"{row.number} · {row.customer_name}", bytes(row.snapshot), row.snapshot_sha256)
        except Broken:
            left_out += 1
    binder.save()
    return Made(len(documents) - left_out, left_out)


_WRITERS = {BundleFormat.ZIP: _write_zip, BundleFormat.PDF: _write_pdf}


def _named(documents: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], str]]:
    """Each with a name of its own: two that file systems take for one are told apart by their hash."""
    seen = {MANIFEST}
    for row in documents:
        digest = digest_of(row.blob_key)
        name = file_name(row.kind, row.number, digest, row.version)
        if name.lower() in seen:
            name = file_name(row.kind, f"{row.number}-{row.id}", digest, row.version)
        seen.add(name.lower())
        yield row, name


def _listed(row: Row[Any], name: str, remark: str) -> list[str]:
    amount = None if row.amount_minor is None else Money(amount_minor=row.amount_minor, currency=row.currency)
    said = (
        "" if remark else name,
        row.kind,
        row.number,
        row.version,
        row.customer,
        row.customer_name,
        amount and amount.decimal_text(),
        row.currency,
        digest_of(row.blob_key),
        row.size_bytes,
        remark,
    )
    return [spreadsheet_text("" if each is None else str(each)) for each in said]


def _manifest(listed: Sequence[Sequence[str]]) -> bytes:
    """A list that spreadsheets open, with the mark by which they know the encoding."""
    written = StringIO(newline="")
    csv.writer(written).writerows([COLUMNS, *listed])
    return written.getvalue().encode("utf-8-sig")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _OWNER_ONLY
    return entry
