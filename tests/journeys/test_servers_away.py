"""The broker and the database go away under load and come back."""

import threading

import pytest

from bursar.sandbox.stage import count
from tests.journeys.test_killed import money_faults

pytestmark = pytest.mark.journey


def test_a_flushed_broker_loses_nothing(journey):
    day = journey()
    stop = threading.Event()

    def flush_again_and_again():
        while not stop.wait(0.05):
            day.stage.broker.flushall()

    flusher = threading.Thread(target=flush_again_and_again)
    flusher.start()
    day.post()
    stop.set()
    flusher.join()
    day.stage.broker.flushall()

    assert day.money_settled()
    assert money_faults(day.verdict()) == []


def test_events_are_accepted_while_the_broker_is_dead_and_applied_when_it_is_back(journey):
    day = journey()
    day.stage.broker.kill()

    posted = day.post()
    stored = count("SELECT count(*) FROM gateway_events")
    day.stage.broker.start()

    assert not posted.odd
    assert stored == len({each.body for each in day.story.deliveries if each.fate == "stored"})
    assert day.money_settled()
    assert money_faults(day.verdict()) == []


def test_a_database_restarted_under_load_refuses_honestly_and_loses_nothing(journey):
    day = journey()
    restarted = threading.Event()

    def restart_in_the_middle():
        day.until(lambda: count("SELECT count(*) FROM gateway_events") > 20)
        day.stage.postgres.restart(immediate=True)
        restarted.set()

    restarter = threading.Thread(target=restart_in_the_middle)
    restarter.start()
    posted = day.post()
    restarter.join()

    assert restarted.is_set()
    assert not posted.odd
    assert day.money_settled()
    assert money_faults(day.verdict()) == []
