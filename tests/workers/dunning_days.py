"""Days of dunning: cases opened, a mail, a declined charge, one that is paid; in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from bursar.gateways.api.failures import FailureCode
from tasks.dunning import advance
from tasks.emails import send_emails
from tasks.events import apply_events
from tasks.maintenance import sweep
from tasks.payments import reconcile
from tests.support.factories import execute
from tests.support.toy.api import refused
from tests.support.toy.kept import KeptToyApi
from tests.tasks.dunning_days import day
from tests.tasks.steps import hurry
from tests.workers import collecting_days

TABLES = ("dunning_steps", "gateway_calls", "emails", "reconciliation_runs", "gateway_events", "documents")
LAST_DAY = 9


def dunning(invoices: Sequence[UUID]) -> None:
    """Every day until nobody owes anything: the first charge of each card is declined."""
    assert len(invoices) == 2
    book = collecting_days.connect(pytest.MonkeyPatch())
    for n in range(LAST_DAY):
        live(book, n)


def live(book: KeptToyApi, n: int) -> None:
    """One day of workers; on the fourth, banks decline."""
    if n == 3:
        book.before = [refused(FailureCode.DECLINED, decline_code="insufficient_funds")] * 2
    with day(n):
        for _ in range(2):
            hurry("dunning_steps")
            advance()
            for _ in range(2):  # the toy's events bear an old date: while one waits, no other charge is sent
                hurry("gateway_calls")
                reconcile()
                apply_events()
            hurry("emails")
            send_emails()
    book.before = []


def recover(patch: pytest.MonkeyPatch) -> KeptToyApi:
    """Leases run out, other workers go on, and it is some days later."""
    book = collecting_days.connect(patch)
    for n in range(LAST_DAY, LAST_DAY + 6):
        for table in TABLES:
            execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        for table in TABLES:
            hurry(table)
        live(book, n)
    return book
