"""A worker that dies while overdue money is asked for: nobody is charged or told twice, or forgotten."""

import signal

import pytest

from tests.rules.dunning.policies import text
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, work_off
from tests.workers import collecting_days, dunning_days
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import DUNNING, environment

__all__ = ["environment"]

STEPS = [(0, "remind", "due"), (3, "retry_charge", "overdue"), (6, "retry_charge", "overdue")]


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", DUNNING)
def test_a_worker_that_dies_while_it_dunns_asks_and_charges_nobody_twice(
    point, hit, environment, monkeypatch, tmp_path
):
    policy = tmp_path / "policy.toml"
    policy.write_text(text(*STEPS), encoding="utf-8")
    monkeypatch.setenv("BURSAR_DUNNING_POLICY", str(policy))
    invoices = [make_invoice(make_customer(), [1000_00], currency="USD") for _ in range(2)]
    collecting_days.save_ways_to_pay(invoices)

    ended = die_at(point, hit, "dunning", invoices, {**environment, "BURSAR_DUNNING_POLICY": str(policy)})
    book = dunning_days.recover(monkeypatch)
    work_off()

    assert ended == -signal.SIGKILL
    assert set(book.charged().values()) <= {1}
    assert rows("SELECT status, count(*) FROM dunning_cases GROUP BY 1") == [("recovered", 2)]
    assert rows("SELECT count(*), sum(paid_minor) FROM invoices") == [(2, 2 * 1000_00)]
    assert value("SELECT count(*) FROM dunning_steps WHERE state NOT IN ('done', 'ignored')") == 0
    assert value("SELECT max(n) FROM (SELECT count(*) AS n FROM dunning_steps GROUP BY case_id, day) d") == 1
    assert value("SELECT count(*) FROM emails WHERE kind LIKE 'dunning.%%' AND copies > 1") == 0
    assert broken(grace_s=0) == []
