import hashlib
import resource

import pytest

from bursar.documents.store import (
    BlobDamaged,
    BlobKeyMalformed,
    BlobMissing,
    LocalBlobStore,
    MemoryBlobStore,
    blob_key,
)
from bursar.errors import Broken

PDF = b"%PDF-1.4 a receipt"


@pytest.fixture(params=["memory", "local"])
def store(request, tmp_path):
    return MemoryBlobStore() if request.param == "memory" else LocalBlobStore(tmp_path / "blobs")


@pytest.fixture
def local(tmp_path):
    return LocalBlobStore(tmp_path / "blobs")


def test_what_was_put_comes_back(store):
    key = store.put(PDF)

    assert store.get(key) == PDF
    assert store.size(key) == len(PDF)
    assert store.exists(key)


def test_the_key_is_the_content(store):
    digest = hashlib.sha256(PDF).hexdigest()

    assert store.put(PDF) == f"docs/{digest[:2]}/{digest[2:4]}/{digest}.pdf" == blob_key(PDF)


def test_putting_the_same_bytes_again_changes_nothing(store):
    assert store.put(PDF) == store.put(PDF)
    assert store.get(blob_key(PDF)) == PDF


def test_even_nothing_can_be_kept(store):
    assert store.get(store.put(b"")) == b""


def test_what_was_never_put_is_missing(store):
    key = blob_key(PDF)

    assert not store.exists(key)
    for ask in (store.get, store.size):
        with pytest.raises(BlobMissing) as missing:
            ask(key)
        assert missing.value.ids == {"key": key}
        assert isinstance(missing.value, Broken)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        f"docs/aa/bb/{'0' * 64}.pdf",
        blob_key(PDF).upper(),
        blob_key(PDF) + "\n",
        blob_key(PDF) + "/../x",
    ],
)
def test_a_key_that_no_store_gave_out_is_not_even_looked_for(store, key):
    for ask in (store.get, store.size, store.exists):
        with pytest.raises(BlobKeyMalformed):
            ask(key)


def test_damage_on_the_disk_is_found_when_reading(local):
    key = local.put(PDF)
    local.path(key).write_bytes(b"%PDF-1.4 another receipt")

    with pytest.raises(BlobDamaged):
        local.get(key)
    with pytest.raises(BlobDamaged):
        local.put(PDF)


def test_a_repeat_does_not_write_the_file_again(local):
    key = local.put(PDF)
    before = local.path(key).stat()

    local.put(PDF)

    after = local.path(key).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_is_for_its_owner_alone_and_nothing_else_lies_beside_it(local):
    path = local.path(local.put(PDF))

    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_is_full_leaves_no_trace(local):
    goal = local.path(blob_key(PDF))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            local.put(PDF)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(goal.parent.iterdir()) == []
    assert local.get(local.put(PDF)) == PDF
