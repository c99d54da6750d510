"""What every store promises, asked of each."""

import hashlib
from io import BytesIO

import pytest

from bursar.documents.store import (
    BlobDamaged,
    BlobKeyMalformed,
    BlobMissing,
    BlobSound,
    LocalBlobStore,
    MemoryBlobStore,
    blob_key,
)
from bursar.documents.store.s3 import S3BlobStore
from bursar.errors import Broken
from tests.support.bucket import open_bucket

PDF = b"%PDF-1.4 a receipt"
OTHER = b"%PDF-1.4 another receipt"
LARGE = bytes(range(256)) * 50_000
"""More than S3 takes in one part."""


@pytest.fixture
def bucket():
    with open_bucket() as opened:
        yield opened


@pytest.fixture(params=["memory", "local", "s3"])
def kept(request, tmp_path):
    """A store, and a way to damage what it keeps."""
    if request.param == "memory":
        memory = MemoryBlobStore()
        return memory, memory.blobs.__setitem__
    if request.param == "local":
        local = LocalBlobStore(tmp_path / "blobs")
        return local, lambda key, data: local.path(key).write_bytes(data)
    bucket = request.getfixturevalue("bucket")
    keys = {"access_key_id": "key", "secret_access_key": "secret"}
    s3 = S3BlobStore("documents", prefix="school", region="eu-central-1", endpoint=bucket.url, **keys)
    return s3, lambda key, data: bucket.objects.__setitem__(bucket.path(key), data)


@pytest.fixture
def store(kept):
    return kept[0]


@pytest.fixture
def damage(kept):
    return kept[1]


def test_what_was_put_comes_back(store):
    key = store.put_if_absent(PDF)

    assert store.get(key) == PDF
    assert store.size(key) == len(PDF)
    assert store.exists(key)
    with store.open(key) as file:
        assert file.read() == PDF


def test_the_key_is_the_content(store):
    digest = hashlib.sha256(PDF).hexdigest()

    assert store.put_if_absent(PDF) == f"docs/{digest[:2]}/{digest[2:4]}/{digest}.pdf" == blob_key(PDF)


def test_putting_the_same_bytes_again_changes_nothing(store):
    assert store.put_if_absent(PDF) == store.put_if_absent(PDF)
    assert store.get(blob_key(PDF)) == PDF


def test_many_are_put_at_once_and_each_has_its_own_key(store):
    store.put_if_absent(PDF)

    keys = store.put_all([PDF, OTHER, PDF])

    assert keys == [blob_key(PDF), blob_key(OTHER), blob_key(PDF)]
    assert [store.get(key) for key in keys] == [PDF, OTHER, PDF]


def test_a_file_is_kept_by_its_content_from_its_begin(store):
    file = BytesIO(LARGE)
    file.read(10)

    key = store.put_file(file, ".zip")

    assert key.endswith(f"{hashlib.sha256(LARGE).hexdigest()}.zip")
    assert store.get(key) == LARGE
    assert store.put_file(file, ".zip") == key


def test_even_nothing_can_be_kept(store):
    assert store.get(store.put_if_absent(b"")) == b""


def test_what_was_never_put_is_missing(store):
    key = blob_key(PDF)

    assert not store.exists(key)
    for ask in (store.get, store.size, store.open):
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
        blob_key(PDF) + "\0",
        blob_key(PDF) + "/../x",
        blob_key(PDF).replace(".pdf", ".exe"),
        blob_key(PDF).replace(".pdf", "x" * 300 + ".pdf"),
    ],
)
def test_a_key_that_no_store_gave_out_is_not_even_looked_for(store, key):
    for ask in (store.get, store.size, store.exists, store.open, store.set_aside):
        with pytest.raises(BlobKeyMalformed):
            ask(key)
    with pytest.raises(BlobKeyMalformed):
        store.url(key, 60)


def test_damage_is_found_when_reading_and_never_written_over(store, damage):
    key = store.put_if_absent(PDF)
    damage(key, OTHER)

    for ask in (store.get, store.open):
        with pytest.raises(BlobDamaged):
            ask(key)
    for put in (store.put_if_absent, lambda data: store.put_file(BytesIO(data), ".pdf")):
        with pytest.raises(BlobDamaged):
            put(PDF)


def test_damaged_bytes_are_set_aside_so_that_the_right_ones_can_be_kept_again(store, damage):
    key = store.put_if_absent(PDF)
    damage(key, OTHER)

    store.set_aside(key)

    assert not store.exists(key)
    store.set_aside(key)
    store.put_if_absent(PDF)
    assert store.get(key) == PDF
    with pytest.raises(BlobSound):
        store.set_aside(key)
