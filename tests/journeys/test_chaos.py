"""Nine seconds of what `make chaos` does for three: everything dies, no money is lost or doubled."""

import pytest
from rich.console import Console

from tests.chaos.soak import Plan, soak
from tests.chaos.storm import DECK, FLUSH, Kill, schedule

pytestmark = pytest.mark.journey

SHORT = Plan(minutes=0.15, payments=200, seed=5, kills_per_minute=45, settle_limit_s=60, papers=False)


def test_a_short_storm_loses_and_doubles_no_money(tmp_path):
    outcome = soak(SHORT, tmp_path / "stage", Console(quiet=True))

    assert (outcome.verdict.lost, outcome.verdict.doubled, outcome.verdict.broken) == ([], [], [])
    assert outcome.settled
    assert outcome.wrong == []
    assert outcome.kills >= 6
    assert outcome.report.payments >= 200
    assert outcome.report.deliveries > 1.2 * outcome.details["events"]
    assert outcome.report.kills[FLUSH] > 0
    assert outcome.report.heal_max_s is not None


def test_a_seed_is_an_order_of_kills_and_every_kind_is_in_it():
    assert schedule(60, seed=1) == schedule(60, seed=1) != schedule(60, seed=2)
    assert {kill for kill, _ in schedule(len(DECK), seed=1)} == set(Kill)
