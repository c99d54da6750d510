"""Dying while papers are kept: no version, no file and no document is lost or there twice."""

import signal

import pytest

from bursar import settings
from bursar.documents.store import open_store
from tasks import custody
from tasks.documents import bundle_documents, draw, render_documents
from tasks.maintenance import sweep
from tests.support.factories import execute, rows, value
from tests.tasks.steps import broken, hurry, work_off
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import KEEPING, environment, two_invoices

__all__ = ["environment"]


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", KEEPING)
def test_what_a_dying_worker_kept_is_kept_once(point, hit, environment):
    ended = die_at(point, hit, "keeping", two_invoices(), environment)

    for table in ("documents", "bundles"):
        execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    sweep()
    for table in ("documents", "bundles"):
        hurry(table)
    render_documents()
    bundle_documents()
    work_off()

    assert ended == -signal.SIGKILL
    assert rows("SELECT state FROM documents WHERE state <> 'done'") == []
    assert rows("SELECT state FROM bundles WHERE state <> 'done'") == []
    parts = rows("SELECT b.id, p.blob_key FROM bundles b LEFT JOIN bundle_parts p ON p.bundle_id = b.id")
    assert len(parts) == len({bundle for bundle, _ in parts})
    assert all(open_store(settings.load()).get(key) for _, key in parts)
    assert {damage for page in custody.verify(draw) for _, damage in page} <= {None}
    assert value("SELECT max(version) FROM documents") <= 2
    assert broken(grace_s=0) == []
