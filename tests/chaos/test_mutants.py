"""Each guard is needed: without it a named check fails, and with it the same story comes out right."""

import pytest

from tests.chaos import scenarios
from tests.chaos.mutants import MUTANTS, alter, arm
from tests.chaos.scenarios import Scenario
from tests.support.factories import execute

pytestmark = pytest.mark.usefixtures("database_url")

CAUGHT: dict[str, tuple[Scenario, str]] = {
    "no-sweeper": (scenarios.a_lost_wake, "nothing_is_lost"),
    "no-unique": (scenarios.an_event_delivered_twice, "each_event_is_stored_once"),
    "no-unique-ledger": (scenarios.a_rule_that_forgets, "each_payment_is_captured_once"),
    "no-lock": (scenarios.two_payments_of_one_invoice, "books_balance"),
    "publish-before-commit": (scenarios.a_wake_that_is_quick, "who_is_woken_finds_the_row"),
    "last-write-wins": (scenarios.a_failure_told_late, "late_news_is_only_stale"),
    "lease-without-token": (scenarios.a_worker_that_was_only_slow, "what_was_taken_back_is_left_alone"),
    "unsorted-insert": (scenarios.two_receivers_with_the_same_keys, "every_delivery_is_confirmed"),
}


SCENARIOS = list(dict.fromkeys(scenario for scenario, _ in CAUGHT.values()))


@pytest.fixture
def patch():
    """A patcher of our own: a mutant must be gone before the database is emptied."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_every_mutant_has_a_check_that_catches_it():
    assert set(CAUGHT) == set(MUTANTS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
def test_as_it_is_every_check_holds(scenario, patch, broker_url):
    assert scenario(patch, broker_url) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_fails_the_check_that_is_there_for_it(mutant, patch, broker_url):
    scenario, check = CAUGHT[mutant]
    arm(mutant, lambda module, name, instead: patch.setattr(module, name, instead, raising=False))
    mend = alter(mutant)
    try:
        failed = scenario(patch, broker_url)
    finally:
        mend_schema(mend)

    assert check in failed


def mend_schema(statements) -> None:
    if statements:
        execute(
            "SET LOCAL session_replication_role = replica; TRUNCATE gateway_events, ledger_entries CASCADE"
        )
    for statement in statements:
        execute(statement)
