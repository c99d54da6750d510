"""A day of drafting, issuing and crediting that passes its points twice; run in processes that die there."""

import json
import multiprocessing
import os
from collections.abc import Sequence
from datetime import date
from multiprocessing.process import BaseProcess
from uuid import UUID

from bursar import settings
from bursar.wishes import InvoiceWish, read_wishes
from models import session
from tasks import bulk, drafts
from tasks.bulk import begin_run, days_of
from tasks.invoices import credit, credit_notes, issue, issue_due
from tasks.maintenance import sweep
from tests.support.factories import execute, value
from tests.tasks.steps import hurry, work_off

PUPILS = 8
REFUSED = (1, 2)
"""The database refuses their invoices."""
BY_HAND = (3, 4)
MONTHS = ("2026-11", "2026-12")
TABLES = ("issuing_runs", "credit_notes", "documents", "emails")


def issuing(invoices: Sequence[UUID]) -> None:
    """A host's file, two invoices by hand, two months, and a scholarship on what was issued before."""
    bulk.CHUNK = drafts.CHUNK = 2
    drafts.create_drafts(wishes())
    for n in BY_HAND:
        if value("SELECT status FROM invoices WHERE source_id = %s", f"pupil-{n}") == "draft":
            issue(named(n), "desk")
    for month in MONTHS:
        issue_due(ids=[begin_run(*days_of(month), "desk")])
    for invoice in invoices:
        if value("SELECT credited_minor FROM invoice_lines WHERE invoice_id = %s", invoice) == 0:
            credit(invoice, {1: 100_00}, "desk", "a scholarship")
        credit_notes()


def recover(invoices: Sequence[UUID]) -> None:
    """Leases run out and other workers go on; whoever had no answer says again what he wanted."""
    for _ in range(4):
        for table in TABLES:
            execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        for table in TABLES:
            hurry(table)
        issue_due()
        credit_notes()
    issuing(invoices)
    work_off()


def start(day: date, environment: dict[str, str]) -> BaseProcess:
    """An issuer in a process of its own, three drafts to a chunk."""
    issuer = multiprocessing.get_context("forkserver").Process(target=_issue, args=(day, environment))
    issuer.start()
    return issuer


def _issue(day: date, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    settings.load.cache_clear()
    session.bind(environment["BURSAR_DATABASE_URL"])
    bulk.CHUNK = 3
    run = begin_run(day, day, "desk")
    while bulk.read_run(run).state != "done":
        bulk.work_here(run, lambda _: None)
        execute("UPDATE issuing_runs SET not_before = now() WHERE id = %s", run)


def go_on() -> None:
    """Leases of the dead run out, others go on where they were; who died too early is started again."""
    execute("UPDATE issuing_runs SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    sweep()
    hurry("issuing_runs")
    issue_due()
    for day in range(1, PUPILS + 1):
        if not value("SELECT count(*) FROM issuing_runs WHERE since = %s", date(2026, 11, day)):
            issue_due(ids=[begin_run(date(2026, 11, day), date(2026, 11, day), "desk")])


def refuse() -> None:
    """Have the database refuse two invoices once they are numbered."""
    names = ", ".join(f"'pupil-{n}'" for n in REFUSED)
    execute(
        f"""ALTER TABLE invoices ADD CONSTRAINT spoiled
              CHECK (number IS NULL OR source_id NOT IN ({names})) NOT VALID"""
    )


def forgive() -> None:
    execute("ALTER TABLE invoices DROP CONSTRAINT spoiled")


def named(n: int) -> UUID:
    """The n-th pupil's invoice."""
    return UUID(str(value("SELECT id FROM invoices WHERE source_id = %s", f"pupil-{n}")))


def wishes() -> list[InvoiceWish]:
    """What the host wants billed: six pupils in November, two in December."""
    told = [
        {
            "reference": f"pupil-{n}",
            "customer": {"reference": f"pupil-{n}"},
            "currency": "INR",
            "due_on": "2026-12-31",
            "issue_on": f"{MONTHS[n > PUPILS - 2]}-01",
            "lines": [{"component": "Tuition", "amount": "1000"}],
        }
        for n in range(1, PUPILS + 1)
    ]
    return read_wishes(json.dumps(told).encode(), as_csv=False)
