"""Periodic jobs: once per window, whoever asks; made up for once after an outage; an alarm when they stop."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import structlog
import time_machine

from models.session import transaction
from tasks import jobs, maintenance
from tasks.customers import erase_customers
from tasks.documents import verify_documents
from tasks.dunning import advance
from tasks.jobs import JOBS, overdue
from tests.support.factories import execute, rows, value
from tests.tasks.steps import twice, waiting

NIGHT = datetime(2026, 11, 21, 3, 31, 30, tzinfo=UTC)
"""A minute after the last of the nightly jobs, and half a minute into a window of the others."""
MESSAGES = sum(job.ends_itself for job in JOBS.values())
"""To the queue of batches, in a tick that begins every job."""


@pytest.fixture
def night():
    with time_machine.travel(NIGHT, tick=True):
        yield


def tick_at(moment: datetime) -> None:
    with time_machine.travel(moment, tick=True):
        maintenance.tick()


def windows(job: str) -> list[object]:
    return [name for (name,) in rows('SELECT "window" FROM beat_ticks WHERE job = %s ORDER BY 1', job)]


def test_a_tick_runs_each_job_once_per_window(night, broker_url):
    twice(maintenance.tick)

    assert value("SELECT count(*) FROM beat_ticks") == len(JOBS)
    assert waiting(broker_url, "events") == 1
    assert waiting(broker_url, "batch") == MESSAGES


def test_two_beats_at_once_run_each_job_once(night, broker_url):
    start = threading.Barrier(2)

    def beat() -> None:
        start.wait()
        maintenance.tick()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for each in beats:
        each.start()
    for each in beats:
        each.join(20)

    assert value("SELECT count(*) FROM beat_ticks") == len(JOBS)
    assert (waiting(broker_url, "events"), waiting(broker_url, "batch")) == (1, MESSAGES)


def test_the_next_window_runs_the_job_again(broker_url):
    tick_at(NIGHT)
    tick_at(NIGHT + timedelta(minutes=5))

    assert [(job, len(windows(job))) for job in ("payments.settle", "reconciliation.diff")] == [
        ("payments.settle", 2),
        ("reconciliation.diff", 1),
    ]


def test_a_heavy_job_whose_night_was_missed_waits_for_the_next(broker_url):
    tick_at(NIGHT.replace(hour=12))
    assert windows("records.retain") == []

    tick_at(NIGHT + timedelta(days=1))
    assert windows("records.retain") == ["daily/2026-11-22"]


def test_an_outage_of_days_is_made_up_for_once(broker_url):
    tick_at(NIGHT)
    tick_at(NIGHT + timedelta(days=5, hours=7))

    assert windows("invariants.check") == ["daily/2026-11-21", "daily/2026-11-26"]
    assert len(windows("payments.reconcile")) == 2


def test_an_hour_that_comes_twice_runs_nothing_twice(broker_url, configure):
    configure(BURSAR_TIMEZONE="Europe/Berlin")
    for minutes in range(0, 120, 10):
        tick_at(datetime(2026, 10, 25, 0, 30, 5, tzinfo=UTC) + timedelta(minutes=minutes))

    assert windows("invariants.check") == ["daily/2026-10-25"]


def test_a_clock_put_back_an_hour_runs_nothing_twice(broker_url):
    tick_at(NIGHT)
    before = rows("SELECT * FROM beat_ticks WHERE job = 'reconciliation.diff' ORDER BY 2")
    tick_at(NIGHT - timedelta(hours=1))
    tick_at(NIGHT)

    assert rows("SELECT * FROM beat_ticks WHERE job = 'reconciliation.diff' ORDER BY 2") == before
    assert windows("payments.settle") == sorted(set(windows("payments.settle")))


def test_a_job_whose_message_was_lost_is_begun_again_in_the_same_window(night, broker_url):
    maintenance.tick()
    twice(maintenance.tick)
    assert waiting(broker_url, "batch") == MESSAGES

    execute("UPDATE beat_ticks SET at = at - interval '16 minutes'")
    maintenance.tick()
    assert waiting(broker_url, "batch") == 2 * MESSAGES

    nightly = (maintenance.check, maintenance.seal, maintenance.retain, erase_customers, verify_documents)
    for task in (*nightly, advance):
        task()
    execute("UPDATE beat_ticks SET at = at - interval '16 minutes'")
    maintenance.tick()
    assert waiting(broker_url, "batch") == 2 * MESSAGES
    assert value("SELECT count(*) FROM beat_ticks WHERE done_at IS NULL") == 0


def test_a_job_that_fails_stops_no_other_and_has_not_ended(night, broker_url, monkeypatch):
    def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setitem(jobs.JOBS, "refunds.missing", jobs.Job(JOBS["refunds.missing"].rhythm, fail))

    with structlog.testing.capture_logs() as logged:
        maintenance.tick()

    assert [(line["event"], line["job"]) for line in logged] == [
        ("maintenance.job_failed", "refunds.missing")
    ]
    running = {name for name, job in JOBS.items() if job.ends_itself}
    unfinished = {job for (job,) in rows("SELECT job FROM beat_ticks WHERE done_at IS NULL")}
    assert unfinished == running | {"refunds.missing"}


def test_a_job_that_stopped_is_an_alarm_and_one_that_runs_is_none(broker_url):
    tick_at(NIGHT)
    execute("UPDATE beat_ticks SET done_at = now()")
    execute("UPDATE beat_ticks SET done_at = done_at - interval '3 days' WHERE job = 'invariants.check'")

    with structlog.testing.capture_logs() as logged:
        maintenance.tick()

    assert [line["job"] for line in logged if line["event"] == "maintenance.job_overdue"] == [
        "invariants.check"
    ]


def test_where_beat_never_ran_no_job_is_overdue():
    with transaction() as session:
        assert overdue(session, datetime.now(UTC)) == {}


def test_a_job_that_never_ended_counts_from_the_first_tick(broker_url):
    tick_at(NIGHT)
    execute("UPDATE beat_ticks SET at = now() - interval '3 days', done_at = NULL")

    with transaction() as session:
        assert overdue(session, datetime.now(UTC)) == dict.fromkeys(JOBS)


def test_a_tick_begins_a_run_of_every_kind_at_every_gateway_that_can_be_called(
    night, broker_url, toy, second_toy
):
    twice(maintenance.tick)

    assert value("SELECT count(DISTINCT (kind, gateway_account)) FROM reconciliation_runs") == 6
    assert value("SELECT count(*) FROM reconciliation_runs") == 6
    assert waiting(broker_url, "batch") == MESSAGES + 3
    assert waiting(broker_url, "gateway") == 1
