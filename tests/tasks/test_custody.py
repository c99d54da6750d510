"""Stored documents are what they were; one that is not is put before a person and can be made again."""

import pytest

from bursar import settings
from bursar.documents.store import open_store
from models.queries.documents import DocumentUnfinished, DocumentUnknown
from tasks import custody
from tasks.documents import draw, render_documents, verify_documents
from tests.support.factories import execute, rows, tamper, value
from tests.tasks.steps import broken, open_breaks, states, twice
from tests.tasks.test_documents import payments


@pytest.fixture
def document(var):
    """The id of a finished receipt, and the file with its bytes."""
    payments(1)
    render_documents()
    [(document_id, key)] = rows("SELECT id, blob_key FROM documents")
    return document_id, var / "blobs" / key


def found():
    return [damage for page in custody.verify(draw) for _, damage in page]


def test_every_document_is_compared_once_a_day_with_its_hash_and_what_was_frozen(var):
    payments(3)
    render_documents()

    twice(verify_documents)

    assert value("SELECT count(*) FROM documents WHERE verified_at IS NOT NULL") == 3
    assert open_breaks() == []
    assert found() == [None] * 3


@pytest.mark.parametrize(
    ("spoil", "damage"),
    [
        (lambda path: path.write_bytes(b"%PDF rotten"), "damaged"),
        (lambda path: path.unlink(), "missing"),
        (lambda _: execute("UPDATE documents SET size_bytes = size_bytes + 1"), "other_size"),
        (lambda _: tamper("UPDATE receipts SET snapshot_sha256 = 'changed'"), "snapshot_unreadable"),
    ],
)
def test_what_is_not_what_it_was_opens_one_break_which_closes_when_it_is_again(document, spoil, damage):
    document_id, path = document
    before, sha = path.read_bytes(), value("SELECT snapshot_sha256 FROM receipts")
    spoil(path)

    assert found() == found() == [damage]
    assert rows("SELECT kind, subject, detail FROM breaks") == [
        ("document_damaged", f"document:{document_id}", damage)
    ]

    path.write_bytes(before)
    execute("UPDATE documents SET size_bytes = %s", len(before))
    tamper("UPDATE receipts SET snapshot_sha256 = %s", sha)
    assert found() == [None]
    assert open_breaks() == []


def test_a_paper_whose_theme_is_gone_is_compared_with_its_hash_alone(document, tmp_path, monkeypatch):
    (tmp_path / "default.toml").write_text("[[[")
    monkeypatch.setenv("BURSAR_THEMES", str(tmp_path))
    settings.load.cache_clear()

    assert found() == [None]


def test_bytes_that_the_same_renderer_makes_differently_are_found(document):
    other = open_store(settings.load()).put_if_absent(b"%PDF something else")
    execute("UPDATE documents SET blob_key = %s, size_bytes = 19", other)

    assert found() == ["drawn_differently"]


def test_bytes_of_another_renderer_are_only_compared_with_their_hash(document):
    other = open_store(settings.load()).put_if_absent(b"%PDF something else")
    execute("UPDATE documents SET blob_key = %s, size_bytes = 19, renderer_version = 'older'", other)

    assert found() == [None]


def test_damaged_bytes_are_kept_aside_and_the_document_is_made_again_as_a_new_version(document, var):
    document_id, path = document
    before = path.read_bytes()
    path.write_bytes(b"%PDF rotten")
    assert found() == ["damaged"]

    made = custody.regenerate(str(document_id), by="jo", reason="a disk died")
    render_documents()

    assert rows("SELECT id, version, state FROM documents ORDER BY version") == [
        (document_id, 1, "done"),
        (made, 2, "done"),
    ]
    assert path.read_bytes() == before
    assert [file.read_bytes() for file in (var / "blobs" / "damaged").iterdir()] == [b"%PDF rotten"]
    assert found() == [None]
    assert open_breaks() == []
    assert rows("SELECT actor, action FROM audit_log WHERE subject_id = %s", made) == [
        ("jo", "document.regenerated")
    ]
    assert value("SELECT count(*) FROM receipts") == 1
    assert broken() == []


def test_a_document_that_was_found_sound_is_made_again_beside_the_old_one(document):
    number = value("SELECT number FROM receipts")

    custody.regenerate(str(number), by="jo", reason="the school asked")
    with pytest.raises(DocumentUnfinished):
        custody.regenerate(str(number), by="jo", reason="and again")
    render_documents()

    assert states("documents") == ["done", "done"]
    assert value("SELECT count(DISTINCT blob_key) FROM documents") == 1
    with pytest.raises(DocumentUnknown, match="RCT/none"):
        custody.regenerate("RCT/none", by="jo", reason="who knows")
