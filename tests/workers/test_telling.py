"""Dying after the host was told: it hears again, under the same id, and misses nothing."""

import signal
from collections import Counter

import pytest

from bursar import settings
from tasks.events import apply_events
from tasks.maintenance import sweep
from tasks.notifications import send_notifications
from tests.sandbox.fake.receiving import receiving
from tests.support.factories import execute, rows, store_event, value
from tests.tasks.steps import broken, hurry, paid, work_off
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import TELLING, environment, two_invoices

__all__ = ["environment"]
SECRET = "whsec_" + "b2xk" * 12


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", TELLING)
def test_a_host_misses_nothing_of_what_a_dying_worker_told(point, hit, environment, monkeypatch):
    invoices = two_invoices()
    with receiving() as host:
        given = {**environment, "BURSAR_HOST_URL": host.url, "BURSAR_HOST_SECRET": SECRET}
        for name, each in given.items():
            monkeypatch.setenv(name, each)
        settings.load.cache_clear()

        ended = die_at(point, hit, "telling", invoices, given)
        for n, invoice in enumerate(invoices):
            store_event(paid(1000_00, payment=f"pi_{n}", invoice=invoice))
        apply_events()
        execute("UPDATE notifications SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        hurry("notifications")
        send_notifications()
    work_off()

    assert ended == -signal.SIGKILL
    heard = Counter(each.headers["webhook-id"] for each in host.deliveries)
    assert set(heard) == {name for (name,) in rows("SELECT id::text FROM notifications")}
    assert sorted(heard.values()) == [1, 2]
    assert value("SELECT count(*) FROM notifications WHERE state <> 'done'") == 0
    assert broken(grace_s=0) == []
