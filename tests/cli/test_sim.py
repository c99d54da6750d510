"""`bursar sim` proves the promises on a made-up school, and can fail."""

import itertools

import pytest

from bursar.cli.exits import ExitCode
from bursar.rules import bookkeeping
from bursar.rules.registers import stored_stamp
from bursar.sandbox.simulator import run
from bursar.sandbox.simulator.script import write_script

KEYS = {"seed", "events", "folded", "payments", "entries", "checks", "cpu_s", "events_per_s", "broken"}


def test_a_story_holds_however_it_is_told(bursar):
    answer = bursar("sim", "--seed", 1, "--events", 600)

    assert answer.code == 0
    assert "every law holds" in answer.out


def test_json_holds_exactly_what_is_promised(bursar):
    answer = bursar("sim", "--seed", 2, "--events", 200, "--json")

    assert answer.code == 0
    assert answer.json.keys() == KEYS
    assert (answer.json["seed"], answer.json["events"], answer.json["broken"]) == (2, 200, [])
    assert answer.json["folded"] > 600


def test_the_same_seed_tells_the_same_story():
    first, again, other = write_script(7, 300), write_script(7, 300), write_script(8, 300)

    assert first == again
    assert first.parts != other.parts
    assert sum(len(part) for part in first.parts) == 300


def test_a_story_has_every_kind_of_fact_and_some_of_its_invoices_open_late():
    script = write_script(1, 3000)

    kinds = {type(fact) for part in script.parts for told in part for fact in told.facts}
    assert kinds == bookkeeping.HANDLERS.keys()
    assert all(script.cast.opening(part) for part in range(3))


@pytest.fixture
def last_write_wins(monkeypatch):
    """Refunds become whatever was said last."""
    monkeypatch.setattr("bursar.rules.refunding.refund_advances", lambda current, told: told is not current)


@pytest.fixture
def order_of_arrival(monkeypatch):
    """Whoever has evidence of the same rank first keeps the money."""
    monkeypatch.setattr(
        "bursar.rules.joining.better", lambda was, told: told if told.rank > was.rank else was
    )


@pytest.fixture
def no_memory(monkeypatch):
    """A movement is posted as often as it is told."""
    ranks = itertools.count()
    monkeypatch.setattr("bursar.rules.movements.stamp", lambda *_: stored_stamp(None, next(ranks), ""))


@pytest.mark.parametrize("mutant", ["last_write_wins", "order_of_arrival", "no_memory"])
def test_a_bug_in_the_rules_is_found_and_its_seed_named(bursar, request, mutant):
    request.getfixturevalue(mutant)

    answer = bursar("sim", "--seed", 1, "--events", 1500)

    assert answer.code == ExitCode.BROKEN
    assert "broken: " in answer.out
    assert "bursar sim --seed 1 --events 1500" in answer.out


def test_a_law_that_breaks_on_the_way_ends_the_story(monkeypatch):
    def lie(world, changes):
        raise run.LawBroken("L1: of course")

    monkeypatch.setattr(run, "check_touched", lie)

    assert run.simulate(1, 50).broken == ["L1: of course"]


def test_differences_are_shown_not_dumped():
    many = {str(n): n for n in range(10)}

    assert run._first_difference(many, {}).startswith("10 differ, e.g. 0: 0 became None; 1:")
    assert run._first_difference(["a"], ["b"]) == "in order once ['a'], otherwise ['b']"
