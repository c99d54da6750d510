"""Rulings are evidence: joined by rank and time, so that order cannot matter."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import Attribution, Evidence, better
from bursar.rules.facts import Claims
from bursar.rules.ruling import claim_of
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.telling import deliver
from tests.rules.make import ASHA, BEN, NOON, attributed, make_directory, make_invoice, paid, told
from tests.rules.world import open_invoice

moments = st.datetimes(max_value=datetime(5000, 1, 1), timezones=st.just(NOON.tzinfo))  # noqa: DTZ001


@given(moments, moments, st.text(), st.text())
def test_the_later_of_two_rulings_has_the_smaller_claim(one, other, name, other_name):
    smaller = claim_of(one, name) < claim_of(other, other_name)

    assert smaller == (one > other) or one == other


@given(st.lists(st.tuples(moments, st.sampled_from("ab")), min_size=1, max_size=4), st.randoms())
def test_joining_rulings_ends_alike_in_any_order(said, random):
    rulings = [Attribution(Evidence.OPERATOR, claim_of(at, name), ASHA, None) for at, name in said]
    shuffled = random.sample(rulings, len(rulings))

    assert _joined(rulings).claim == _joined(shuffled).claim


def _joined(rulings):
    found = rulings[0]
    for each in rulings[1:]:
        found = better(found, each)
    return found


@pytest.fixture
def world():
    invoices = [make_invoice(1, [600, 400]), make_invoice(2, [1000], customer=BEN)]
    world = World(directory=make_directory(invoices))
    for invoice in invoices:
        open_invoice(world, invoice)
    return world


def tell(world, *facts):
    deliver(world, [[told(fact)] for fact in facts])
    return {invoice.id.int: invoice.paid_minor for invoice in world.invoices.values()}


def test_a_ruling_that_comes_before_its_payment_waits_for_it(world):
    assert tell(world, attributed("INV-2"), paid(1000)) == {1: 0, 2: 1000}


def test_a_ruling_is_not_outranked_by_what_a_gateway_says_later(world):
    facts = paid(1000), attributed("INV-2"), paid(1000, claims=Claims(invoice="INV-1"))

    assert tell(world, *facts) == {1: 0, 2: 1000}


def test_an_earlier_ruling_that_comes_late_changes_nothing(world):
    early = attributed("INV-1", ruling="r_0", occurred_at=NOON - timedelta(hours=1))

    assert tell(world, paid(1000), attributed("INV-2"), early) == {1: 0, 2: 1000}


def test_the_same_ruling_again_changes_nothing(world):
    tell(world, paid(1000), attributed("INV-2"))
    entries = len(world.entries)

    tell(world, attributed("INV-2"))

    assert len(world.entries) == entries


def test_a_ruling_for_an_invoice_that_is_not_there_is_put_before_a_person(world):
    assert tell(world, paid(1000, claims=Claims(invoice="INV-1")), attributed("INV-lost")) == {1: 1000, 2: 0}
    assert BreakKind.UNKNOWN_INVOICE in {kind for kind, _ in world.breaks}
