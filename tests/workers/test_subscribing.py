"""Dying while subscriptions are begun and changed: each is begun once, and no change is lost."""

import signal

import pytest

from tests.support.factories import rows, value
from tests.tasks.steps import broken
from tests.workers import calling_days, subscribing_days
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import SUBSCRIBING, environment, two_invoices

__all__ = ["environment"]


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", SUBSCRIBING)
def test_who_dies_while_subscribing_bills_nobody_twice(point, hit, environment, monkeypatch):
    invoices = two_invoices()
    subscribing_days.sell_plans()

    ended = die_at(point, hit, "subscribing", invoices, environment)
    toy = calling_days.recover(monkeypatch)

    assert ended == -signal.SIGKILL
    assert value("SELECT count(*) FROM gateway_calls WHERE state <> 'done'") == 0
    begun = rows("SELECT id::text FROM subscriptions WHERE external_id IS NOT NULL ORDER BY 1")
    assert subscribing_days.begun(toy) == [name for (name,) in begun]
    assert value("SELECT count(*) FROM subscriptions WHERE external_id IS NULL") == 0
    assert broken(grace_s=0) == []
