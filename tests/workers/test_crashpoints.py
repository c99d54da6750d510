"""Dying at a named point of a task loses nothing and doubles nothing once the sweeper has come."""

import signal

import pytest

from models.session import transaction
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.events import apply_events
from tasks.maintenance import sweep
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value
from tests.support.processes import python
from tests.tasks.steps import broken, hurry, invoice_sums, paid, states

TASKS = {
    "events.claimed": "from tasks.events import apply_events as task",
    "events.applied": "from tasks.events import apply_events as task",
    "documents.stored": "from tasks.documents import render_documents as task",
    "emails.sending": "from tasks.emails import send_emails as task",
}


@pytest.fixture(autouse=True)
def _state_folder(database_url, monkeypatch, tmp_path):
    monkeypatch.setenv("BURSAR_VAR", str(tmp_path))


def die_at(point: str, database_url: str) -> None:
    """Run the task in a process of its own, which kills itself there."""
    code = f"{TASKS[point]}\nfrom models import session\nsession.bind('{database_url}')\ntask()"
    with python(code, BURSAR_CRASH_POINT=point) as worker:
        assert worker.wait(60) == -signal.SIGKILL


def recover() -> None:
    """The leases run out, the sweeper comes, and other workers go on."""
    for table in ("gateway_events", "documents", "emails"):
        execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    sweep()
    for task, table in (
        (apply_events, "gateway_events"),
        (render_documents, "documents"),
        (send_emails, "emails"),
    ):
        hurry(table)
        task()


@pytest.mark.parametrize("point", TASKS)
def test_a_worker_that_dies_there_loses_and_doubles_nothing(point, database_url):
    invoice = make_invoice(make_customer())
    store_event(paid(invoice=invoice))
    if point.startswith(("documents", "emails")):
        apply_events()
    if point.startswith("emails"):
        render_documents()

    die_at(point, database_url)
    recover()

    assert invoice_sums(invoice) == (1000_00, 0)
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'") == 1
    assert value("SELECT count(*) FROM receipts") == 1
    assert states("gateway_events") == states("documents") == states("emails") == ["done"]
    assert rows("SELECT send_state, copies FROM emails") == [("sent", 2 if point == "emails.sending" else 1)]
    assert broken(grace_s=0) == []
    with transaction() as session:
        assert session.is_active
