"""What only a bucket can do wrong, and how one is named."""

import urllib.request
from pathlib import Path

import pytest

from bursar.documents.store import LocalBlobStore, StoreAway, open_store
from bursar.documents.store.s3 import S3BlobStore
from bursar.errors import Misconfigured
from bursar.settings import Settings
from tests.support.bucket import open_bucket

PDF = b"%PDF-1.4 a receipt"


@pytest.fixture
def bucket():
    with open_bucket() as opened:
        yield opened


def test_the_settings_name_a_folder_or_a_bucket(bucket, tmp_path):
    folder = open_store(Settings(var=tmp_path))
    assert isinstance(folder, LocalBlobStore)
    assert folder.root == tmp_path / "blobs"

    store = open_store(Settings(store_url=bucket.store_url))
    assert isinstance(store, S3BlobStore)
    key = store.put_if_absent(PDF)
    assert bucket.objects == {bucket.path(key): PDF}


@pytest.mark.parametrize(
    "url", ["https://{}@bucket", "s3://{}@", "s3://{}@b?colour=x", "s3://{}@[::1/", "bucket/{}"]
)
def test_an_address_of_no_bucket_is_refused_without_repeating_its_secret(url):
    with pytest.raises(Misconfigured, match="BURSAR_STORE_URL") as refused:
        open_store(Settings(store_url=url.format("key:hunter2")))

    assert "hunter2" not in str(refused.value)


def test_a_bucket_that_refuses_is_a_store_that_is_away(bucket):
    store = open_store(Settings(store_url=bucket.store_url))
    key = store.put_if_absent(PDF)
    bucket.away = True

    for ask in (store.get, store.size, store.open, store.exists):
        with pytest.raises(StoreAway, match="BURSAR_STORE_URL"):
            ask(key)
    with pytest.raises(StoreAway):
        store.put_if_absent(PDF)


def test_anybody_can_fetch_by_a_presigned_link_for_a_quarter_of_an_hour_at_most(bucket):
    store = open_store(Settings(store_url=bucket.store_url))
    key = store.put_if_absent(PDF)

    link = store.url(key, 86_400)

    assert "X-Amz-Expires=900&" in link
    assert "secret" not in link
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == PDF


def test_a_folder_has_no_link_of_its_own(tmp_path):
    store = LocalBlobStore(Path(tmp_path))

    assert store.url(store.put_if_absent(PDF), 60) is None
