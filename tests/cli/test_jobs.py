"""`bursar jobs` says what beat does, and what has stopped."""

from datetime import UTC, datetime

import pytest

from tasks import maintenance
from tasks.jobs import JOBS
from tests.support.factories import execute

pytestmark = pytest.mark.postgres


def test_every_job_is_listed_with_its_next_run_before_beat_ever_ran(bursar, database_url):
    told = bursar("jobs", "list", "--json").jsonl

    assert [each["name"] for each in told] == list(JOBS)
    assert {each["state"] for each in told} == {"never ran"}
    assert all(datetime.fromisoformat(each["next_at"]) > datetime.now(UTC) for each in told)


def test_what_has_run_is_well_and_what_has_stopped_is_overdue(bursar, database_url, broker_url):
    maintenance.tick()
    execute("UPDATE beat_ticks SET done_at = now()")
    execute("UPDATE beat_ticks SET done_at = now() - interval '1 hour' WHERE job = 'payments.reconcile'")

    answer = bursar("jobs", "list")
    told = {each["name"]: each["state"] for each in bursar("jobs", "list", "--json").jsonl}

    assert (told["payments.reconcile"], told["invariants.check"]) == ("overdue", "well")
    assert "every 60 s" in answer.out
    assert "those of UTC (BURSAR_TIMEZONE)" in answer.out


def test_times_of_day_are_those_of_the_zone(bursar, database_url, variables):
    variables(BURSAR_TIMEZONE="Asia/Kolkata")

    told = {each["name"]: each["next_at"] for each in bursar("jobs", "list", "--json").jsonl}

    assert told["invariants.check"].endswith("T21:00:00+00:00")


def test_a_zone_that_is_none_is_named_with_its_variable(bursar, database_url, variables):
    variables(BURSAR_TIMEZONE="Asia/Poona")

    answer = bursar("jobs", "list")

    assert answer.code != 0
    assert "BURSAR_TIMEZONE" in answer.err
