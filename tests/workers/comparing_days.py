"""A day of asking what is true, passing its points at least twice; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

import pytest
import redis

from bursar import settings
from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode
from bursar.rules.reconciling import RunKind, Span
from tasks.events import apply_events
from tasks.maintenance import sweep
from tasks.payments import reconcile
from tasks.reconciliation import begin_runs, resume
from tests.support.factories import execute
from tests.support.toy.api import away, refused
from tests.support.toy.kept import KeptToyApi
from tests.tasks.listing import HOUR, charged_fee, line, paid, settled
from tests.tasks.steps import hurry
from tests.workers import calling_days

TABLES = ("gateway_calls", "reconciliation_runs")


def comparing(invoices: Sequence[UUID]) -> None:
    """Runs of every kind, with something to hear, to ask and to tie; one put off, one that cannot be."""
    toy = calling_days.connect(pytest.MonkeyPatch())
    lists(toy, invoices)
    now = utc_now()
    for _ in invoices:
        for kind, trouble in (
            (RunKind.DIFF, None),
            (RunKind.BACKFILL, away()),
            (RunKind.SETTLE, refused(FailureCode.UNSUPPORTED)),
            (RunKind.SETTLE, None),
        ):
            forget_limits()
            toy.when_listed = [trouble]
            begin_runs(kind, window=Span(now - HOUR, now))
            resume()
            toy.when_listed = []
            hurry("reconciliation_runs")
            resume()
            execute("UPDATE reconciliation_runs SET look = 2 WHERE state = 'pending'")


def lists(toy: KeptToyApi, invoices: Sequence[UUID]) -> None:
    """Each invoice was paid and no webhook told of it; a settlement brought the money to the bank."""
    toy.changes, toy.settled = [], []
    for n, invoice in enumerate(invoices):
        toy.changes += [paid(f"toy_paid_{n}", invoice=str(invoice)), charged_fee(payment=f"toy_paid_{n}")]
        toy.settled += [line(f"fee_of_toy_paid_{n}", "payment", f"toy_paid_{n}", 1000_00, 20_00)]
        toy.objects["payment", f"toy_paid_{n}"] = toy.changes[-2]
    toy.objects["settlement", "toy_set_1"] = settled(980_00 * len(invoices))


def forget_limits() -> None:
    """The toy may be asked as fast as it answers. What was woken meanwhile is found by the sweep."""
    with redis.Redis.from_url(settings.load().required_broker_url()) as client:
        client.flushdb()


def recover(patch: pytest.MonkeyPatch, invoices: Sequence[UUID]) -> None:
    """Leases run out, another worker goes on, the next windows come."""
    toy = calling_days.connect(patch)
    lists(toy, invoices)
    for _ in range(5):
        forget_limits()
        for table in TABLES:
            execute(f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        for table in TABLES:
            hurry(table)
        for kind in RunKind:
            begin_runs(kind)
        resume()
        reconcile()
        apply_events()
