"""Where documents go: together, into a folder or a bucket, also when its disk is full."""

import os
import resource
from email import message_from_bytes, policy

import pytest

from bursar import settings
from bursar.documents.store import open_store
from tasks.documents import render_documents
from tests.support.bucket import open_bucket
from tests.support.factories import execute, rows
from tests.tasks.steps import broken, hurry, states, work_off
from tests.tasks.test_documents import payments


@pytest.fixture
def full_disk():
    """Files that hold nothing any more, until called again."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(full: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096 if full else limits[0], limits[1]))

    yield fill
    fill(False)


def test_a_claim_of_documents_is_made_durable_in_one_pass(monkeypatch):
    payments(12)
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(handle) or fsync(handle))

    render_documents()

    assert states("documents") == ["done"] * 12
    assert synced == []


def test_a_full_disk_costs_no_document_its_life_and_loses_nothing(full_disk, var):
    payments(3)
    full_disk(True)

    for _ in range(7):
        render_documents()
        hurry("documents")

    assert rows("SELECT state, failures, error FROM documents") == [("pending", 0, None)] * 3
    assert [path for path in (var / "blobs").rglob("*") if path.is_file()] == []
    full_disk(False)
    work_off()
    assert states("documents") == ["done"] * 3
    assert states("emails") == ["done"] * 3
    assert broken(grace_s=0) == []


def test_damaged_bytes_in_the_way_stop_one_document_and_not_its_neighbours(var):
    payments(2)
    render_documents()
    first, second = (key for (key,) in rows("SELECT blob_key FROM documents ORDER BY id"))
    (var / "blobs" / first).write_bytes(b"rotten")
    execute("UPDATE documents SET state = 'pending', blob_key = NULL")

    render_documents()

    assert rows("SELECT state, error_class FROM documents ORDER BY id") == [
        ("pending", "BlobDamaged"),
        ("done", None),
    ]
    assert (var / "blobs" / first).read_bytes() == b"rotten"
    assert open_store(settings.load()).exists(second)


def test_documents_can_lie_in_a_bucket_and_their_mails_carry_them(configure, var):
    with open_bucket() as bucket:
        configure(BURSAR_STORE_URL=bucket.store_url)
        payments(2)

        work_off()

        assert len(bucket.objects) == 2
        assert states("emails") == ["done", "done"]
        mail = next((var / "outbox").rglob("*.eml")).read_bytes()
        assert b"application/pdf" in mail
    assert not (var / "blobs").exists()


@pytest.mark.parametrize(("wanted", "shown"), [("on", True), ("off", False)])
def test_a_mail_carries_a_link_to_its_receipt_only_if_the_seller_wants_that(configure, var, wanted, shown):
    configure(
        BURSAR_MAIL_LINKS=wanted,
        BURSAR_LINK_SECRET="the secret of all links here",
        BURSAR_PUBLIC_URL="https://pay.school.example",
    )
    payments(1)

    work_off()

    mail = message_from_bytes(next((var / "outbox").rglob("*.eml")).read_bytes(), policy=policy.default)
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert ("https://pay.school.example/documents/" in text) is shown
