"""What only a folder can do wrong: power cuts, full disks, files of others."""

import os
import resource

import pytest

from bursar.documents.store import LocalBlobStore, StoreAway, blob_key
from bursar.documents.store.local import INCOMING, UNFINISHED_S

PDF = b"%PDF-1.4 a receipt"


@pytest.fixture
def local(tmp_path):
    return LocalBlobStore(tmp_path / "blobs")


@pytest.fixture
def syncs(monkeypatch):
    """How many files and folders were synced one by one."""
    seen = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(handle) or fsync(handle))
    return seen


def unfinished(local):
    return list((local.root / INCOMING).iterdir())


def test_a_repeat_does_not_write_the_file_again(local):
    key = local.put_if_absent(PDF)
    before = local.path(key).stat()

    local.put_if_absent(PDF)

    after = local.path(key).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_is_for_its_owner_alone_and_nothing_else_lies_beside_it(local):
    path = local.path(local.put_if_absent(PDF))

    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert unfinished(local) == []


def test_one_document_is_synced_with_every_folder_that_names_it(local, syncs):
    local.put_if_absent(PDF)

    assert len(syncs) == 1 + 4


def test_a_chunk_of_documents_costs_no_sync_of_each(local, syncs):
    local.put_all([b"%%PDF-1.4 receipt %d" % n for n in range(20)])

    assert syncs == []


def test_a_disk_that_is_full_leaves_no_trace(local):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        with pytest.raises(StoreAway, match=r"File too large; free space"):
            local.put_all([b"small", PDF])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert unfinished(local) == []
    assert not local.exists(blob_key(b"small"))
    assert local.get(local.put_if_absent(PDF)) == PDF


def test_a_folder_that_is_none_is_a_store_that_is_away(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreAway, match="Not a directory"):
        LocalBlobStore(tmp_path / "file").put_if_absent(PDF)


def test_what_a_dead_writer_left_behind_is_deleted_and_what_is_being_written_is_not(local):
    local.put_if_absent(PDF)
    lost, fresh = (local.root / INCOMING / name for name in ("lost", "fresh"))
    for file in (lost, fresh):
        file.write_bytes(b"half")
    long_ago = fresh.stat().st_mtime - UNFINISHED_S - 1
    os.utime(lost, (long_ago, long_ago))

    assert local.discard_unfinished() == 1
    assert unfinished(local) == [fresh]
