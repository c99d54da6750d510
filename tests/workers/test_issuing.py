"""Dying while a term is issued (F44): every number once, in order; everything owed once, every note once."""

import signal
from datetime import date

import pytest

from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.support.processes import eventually
from tests.tasks.steps import broken
from tests.workers import issuing_days
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import ISSUING, environment, two_invoices

__all__ = ["environment"]


@pytest.fixture
def refused(environment):
    """Two drafts meet an error of their own."""
    issuing_days.refuse()
    yield
    issuing_days.forgive()


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", ISSUING)
def test_who_dies_while_issuing_numbers_and_owes_everything_once(point, hit, environment, refused):
    invoices = sorted(two_invoices())

    ended = die_at(point, hit, "issuing", invoices, environment)
    issuing_days.recover(invoices)

    assert ended == -signal.SIGKILL
    assert rows(
        """SELECT status, refused_because IS NOT NULL, count(*) FROM invoices WHERE source_type = 'host'
           GROUP BY 1, 2 ORDER BY 1"""
    ) == [("draft", True, 2), ("open", False, 6)]
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'issued'") == 6 + len(invoices)
    assert [
        seq for (seq,) in rows("SELECT seq FROM invoices WHERE seq IS NOT NULL ORDER BY issued_at, seq")
    ] == list(range(1, 7 + len(invoices)))
    assert rows("SELECT state, total_minor FROM credit_notes") == [("done", 100_00)] * 2
    assert value("SELECT count(*) FROM issuing_runs WHERE state <> 'done'") == 0
    assert rows("SELECT kind, state, count(*) FROM documents GROUP BY 1, 2 ORDER BY 1") == [
        ("credit_note", "done", 2),
        ("invoice", "done", 6),
    ]
    assert broken(grace_s=0) == []


def test_eight_issuers_of_whom_some_are_killed_leave_no_gap_and_no_double(environment):
    """Whenever they die: what is committed is in order, the rest is issued by those who come after."""
    drafted = [make_invoice(make_customer(), issued=False) for _ in range(160)]
    days = [date(2026, 11, day) for day in range(1, 9)]
    for n, day in enumerate(days):
        execute("UPDATE invoices SET issue_on = %s WHERE id = ANY(%s)", day, drafted[n::8])
    issuers = [issuing_days.start(day, environment) for day in days]

    for n, killed in enumerate(issuers[:5], start=1):
        assert eventually(lambda least=n * 10: value("SELECT count(number) FROM invoices") >= least, 60)
        killed.kill()
    for issuer in issuers:
        issuer.join(60)
    issuing_days.go_on()

    assert [seq for (seq,) in rows("SELECT seq FROM invoices ORDER BY issued_at, seq")] == list(range(1, 161))
    assert value("SELECT count(DISTINCT number) FROM invoices") == 160
    assert rows("SELECT sum(issued), count(*) FROM issuing_runs WHERE state = 'done'") == [(160, 8)]
    assert broken() == []
