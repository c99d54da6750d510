"""A link gives its document and nothing else, to nobody but who has it."""

import hashlib
from datetime import timedelta

import pytest

from bursar import settings as settings_module
from bursar.clock import utc_now
from bursar.documents.links import LINKS_PATH, sign_link
from bursar.ids import new_id
from tasks.documents import render_documents
from tests.support.bucket import open_bucket
from tests.support.factories import value
from tests.tasks.test_documents import payments
from tests.webhook_receiver.conftest import make_settings

pytestmark = [pytest.mark.postgres, pytest.mark.anyio]
SECRET = "the secret of all links here"


@pytest.fixture
def settings(database_url, tmp_path, monkeypatch):
    """Of a receiver and of workers that share a folder."""
    monkeypatch.setenv("BURSAR_VAR", str(tmp_path))
    settings_module.load.cache_clear()
    return make_settings(database_url, link_secret=SECRET, var=tmp_path)


@pytest.fixture
def document(settings):
    payments(1)
    render_documents()
    return value("SELECT id FROM documents")


def path_of(document_id, ttl_s=60, age_s=0, secret=SECRET):
    signed_at = utc_now() - timedelta(seconds=age_s)
    return LINKS_PATH + sign_link(secret.encode(), document_id, signed_at, timedelta(seconds=ttl_s))


async def test_who_has_the_link_gets_the_document_to_save(receiving, document):
    async with receiving() as client:
        answer = await client.get(path_of(document))

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert len(answer.content) == int(answer.headers["content-length"])
    assert answer.headers["content-type"] == "application/pdf"
    number = value("SELECT replace(number, '/', '-') FROM receipts")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''receipt-{number}.pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


async def test_what_is_wrong_with_a_link_is_not_said(receiving, document):
    other = new_id()
    async with receiving() as client:
        wrong = [
            await client.get(path)
            for path in (
                path_of(document, secret="the secret of somebody else"),
                path_of(other),
                path_of(document)[:-1],
                f"{LINKS_PATH}{document}",
                f"{LINKS_PATH}{'x' * 600}",
            )
        ]
        ended = await client.get(path_of(document, ttl_s=60, age_s=61))

    assert {(answer.status_code, answer.text) for answer in wrong} == {(404, "There is no such document.\n")}
    assert (ended.status_code, ended.text) == (410, "This link has ended. Please ask for a new one.\n")


async def test_a_receiver_without_a_secret_has_no_links(receiving, settings, document):
    async with receiving(settings.model_copy(update={"link_secret": None})) as client:
        assert (await client.get(path_of(document))).status_code == 404


async def test_a_damaged_document_is_not_handed_out(receiving, settings, document):
    (settings.var / "blobs" / str(value("SELECT blob_key FROM documents"))).write_bytes(b"rotten")

    async with receiving() as client:
        answer = await client.get(path_of(document))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "rotten" not in answer.text


async def test_a_database_that_is_away_is_a_matter_of_a_minute(receiving, settings, document):
    nowhere = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})

    async with receiving(nowhere) as client:
        assert (await client.get(path_of(document))).status_code == 503


async def test_from_a_bucket_the_browser_fetches_by_itself(receiving, settings, document):
    with open_bucket() as bucket:
        async with receiving(
            make_settings(settings.database_url, link_secret=SECRET, store_url=bucket.store_url)
        ) as client:
            answer = await client.get(path_of(document))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{bucket.url}/documents/school/docs/")
    assert "X-Amz-Expires=60&" in answer.headers["location"]
    assert answer.headers["cache-control"] == "private, no-store"
