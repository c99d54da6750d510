"""Bundles: a thousand documents to a file, resumed after a kill, the same whoever makes them."""

import csv
import zipfile
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader

from bursar import settings
from bursar.documents.store import open_store
from bursar.rules.bundles import BundleFormat
from models.queries import bundles
from models.queries.bundles import Scope
from models.session import transaction
from models.work import claim
from tasks import bundling, custody
from tasks.documents import bundle_documents, render_documents
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import paid, states, tell, twice
from tests.tasks.test_documents import payments


def reserve(made=BundleFormat.ZIP, **scope):
    with transaction() as session:
        return bundles.reserve_bundle(session, made, Scope(**scope), by="jo")


def files():
    store = open_store(settings.load())
    return [store.get(key) for (key,) in rows("SELECT blob_key FROM bundle_parts ORDER BY position")]


def unzipped(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def manifest(data):
    listed = unzipped(data)["manifest.csv"].decode("utf-8-sig")
    return list(csv.DictReader(StringIO(listed, newline="")))


@pytest.fixture
def few(monkeypatch):
    """Two documents to a file."""
    monkeypatch.setattr(bundling, "DOCUMENTS_MAX", 2)


def test_a_bundle_holds_the_stored_bytes_and_a_list_of_them():
    payments(3)
    render_documents()
    reserve()

    twice(bundle_documents)

    assert states("bundles") == ["done"]
    [file] = files()
    found = unzipped(file)
    stored = [open_store(settings.load()).get(key) for (key,) in rows("SELECT blob_key FROM documents")]
    assert sorted(data for name, data in found.items() if name.endswith(".pdf")) == sorted(stored)
    listed = manifest(file)
    assert [row["file"] for row in listed] == [name for name in found if name != "manifest.csv"]
    assert {(row["kind"], row["amount"], row["currency"], row["left_out"]) for row in listed} == {
        ("receipt", "100.00", "INR", "")
    }
    assert rows("SELECT documents, left_out, size_bytes FROM bundle_parts") == [(3, 0, len(file))]


def test_a_dropped_message_and_a_second_worker_change_nothing(few):
    payments(5)
    render_documents()
    bundle = reserve()

    bundle_documents(ids=[bundle])
    bundle_documents()

    assert rows("SELECT position, documents FROM bundle_parts ORDER BY 1") == [(1, 2), (2, 2), (3, 1)]
    names = [row["file"] for file in files() for row in manifest(file)]
    assert len(set(names)) == 5


def test_who_loses_a_bundle_to_another_worker_notes_nothing(few):
    payments(1)
    render_documents()
    reserve()
    held = claim(bundling.BUNDLES, columns="id, format")
    execute("UPDATE bundles SET claim_token = gen_random_uuid()")

    bundling._step(held, held.rows[0])

    assert states("bundles") == ["running"]
    assert value("SELECT count(*) FROM bundle_parts") == 0


def test_the_same_documents_make_the_same_file_for_whoever_asks_again():
    payments(3)
    render_documents()
    for made in (BundleFormat.ZIP, BundleFormat.ZIP, BundleFormat.PDF, BundleFormat.PDF):
        reserve(made)

    bundle_documents()

    keys = [key for (key,) in rows("SELECT blob_key FROM bundle_parts ORDER BY blob_key")]
    assert len(keys) == 4
    assert len(set(keys)) == 2


def test_one_file_to_print_names_each_paper_in_its_outline():
    payments(3)
    render_documents()
    reserve(BundleFormat.PDF)

    bundle_documents()

    [file] = files()
    reader = PdfReader(BytesIO(file), strict=True)
    assert len(reader.pages) == 3
    assert [entry.title.split(" · ")[0] for entry in reader.outline] == [
        number for (number,) in rows("SELECT number FROM receipts ORDER BY seq")
    ]
    alone = value("SELECT max(size_bytes) FROM documents")
    assert len(file) < 2 * alone


def test_what_is_damaged_or_gone_is_left_out_and_listed(var):
    payments(3)
    render_documents()
    first, second, _ = (key for (key,) in rows("SELECT blob_key FROM documents ORDER BY id"))
    (var / "blobs" / first).write_bytes(b"rotten")
    (var / "blobs" / second).unlink()
    reserve()

    bundle_documents()

    [file] = files()
    assert [(row["file"] != "", row["left_out"]) for row in manifest(file)] == [
        (False, "damaged"),
        (False, "missing"),
        (True, ""),
    ]
    assert rows("SELECT documents, left_out FROM bundle_parts") == [(1, 2)]


def test_only_what_was_asked_for_is_in_it_and_only_the_newest_version():
    payments(1)
    other = make_customer("=HYPERLINK(1)")
    tell(paid(50_00, invoice=make_invoice(other, [50_00])))
    render_documents()
    [(first,)] = rows("SELECT id FROM documents ORDER BY id LIMIT 1")
    custody.regenerate(str(first), by="jo", reason="the school asked")
    render_documents()
    reserve(customer_id=other.id)
    reserve(kind="receipt")
    reserve(kind="statement")

    bundle_documents()

    assert states("bundles") == ["done"] * 3
    mine, all_receipts = files()
    assert [row["name"] for row in manifest(mine)] == ["'=HYPERLINK(1)"]
    assert sorted(row["version"] for row in manifest(all_receipts)) == ["1", "2"]


def test_what_is_finished_later_is_not_in_it():
    payments(1)
    render_documents()
    bundle = reserve()
    tell(paid(70_00, invoice=make_invoice(make_customer(), [70_00])))
    render_documents()

    bundle_documents(ids=[bundle])

    assert rows("SELECT documents FROM bundle_parts") == [(1,)]


def test_a_bundle_of_nothing_is_done_without_a_file():
    reserve()

    bundle_documents()

    assert states("bundles") == ["done"]
    assert files() == []


def test_no_file_is_left_in_the_scratch_folder(var):
    payments(1)
    render_documents()
    reserve()

    bundle_documents()

    assert list((var / "scratch").iterdir()) == []
