"""Dying while a term is issued (F44): every number once, in order; everything owed once, every note once."""

import signal

import pytest

from tests.support.factories import rows, value
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
