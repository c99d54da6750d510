"""Workers die at the worst moments; nothing is lost, nothing happens twice."""

import signal

import psutil
import pytest

from bursar.sandbox.stage import CRASH_POINT, WORKER, count
from models.queries import invariants
from models.session import transaction
from tests.support.factories import rows

pytestmark = pytest.mark.journey

MONEY_TABLES = ("receipt of", "mail about")
"""Papers and mails have no workers in these journeys."""


UNSETTLED = """
SELECT count(*) FROM gateway_events
WHERE (state = 'pending' AND waiting_for IS NULL) OR (state = 'running' AND lease_until >= now())
"""


def money_faults(verdict):
    found = [*verdict.lost, *verdict.doubled, *verdict.broken]
    return [each for each in found if not str(each).startswith(MONEY_TABLES)]


def test_killing_pool_children_under_load_changes_nothing(journey):
    day = journey()
    deliveries = day.story.deliveries
    killed = set()

    def kill_another():
        before = len(killed)
        killed.update({day.stage.kill_pool_child()} - {None})
        return len(killed) > before

    for start in range(0, len(deliveries), 30):
        assert day.until(kill_another)
        day.post(deliveries[start : start + 30])

    assert len(killed) >= len(deliveries) // 30
    assert day.money_settled()
    assert money_faults(day.verdict()) == []


def test_a_worker_killed_between_the_commits_leaves_rows_that_are_found_again(journey):
    day = journey(first_env={WORKER: CRASH_POINT})
    assert day.until(day.stage.pool_children)

    day.post(day.story.deliveries[:60])

    assert day.until(day.stage.worker_died)
    held = day.stage.rows_held_by_the_dead()
    assert held > 0
    day.post(day.story.deliveries[60:])
    assert day.money_settled()
    assert money_faults(day.verdict()) == []
    assert count("SELECT count(*) FROM gateway_events WHERE crashes = 1") == held


def test_with_the_sweeper_off_exactly_the_stranded_rows_are_reported(journey):
    """The proof that the sweeper does something: without it a killed worker's rows stay where they are."""
    day = journey(("receiver", WORKER), first_env={WORKER: CRASH_POINT})
    assert day.until(day.stage.pool_children)  # without a sweeper, a wake that expires is never repeated

    day.post(day.story.deliveries[:60])

    assert day.until(day.stage.worker_died)
    assert day.until(lambda: count(UNSETTLED) == 0)  # the next worker applies the rest; leases run out
    stranded = {row[0] for row in rows("SELECT id FROM gateway_events WHERE state = 'running'")}
    with transaction() as session:
        finding = invariants.check_one(session, "I8", grace_s=0)
    reported = {row["id"] for row in finding.rows if row["kind"] == "gateway_events"}
    assert stranded
    assert reported == stranded


def test_stopping_everything_in_the_middle_leaves_no_process_and_no_half_work(journey):
    day = journey()
    day.post(day.story.deliveries[:80])
    pids = list(day.stage.supervisor.children().values())
    families = [*pids, *(child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True))]

    day.stage.supervisor.kill("receiver", signal.SIGTERM)
    day.stage.supervisor.stop()

    assert not [pid for pid in families if psutil.pid_exists(pid)]
    assert money_entries_are_whole()


def money_entries_are_whole():
    with transaction() as session:
        return not any(invariants.check_one(session, name).rows for name in ("I1", "I2", "I5", "I16"))
