"""The in-memory books find rows by index, sum what the ledger says, and read stored facts back."""

import dataclasses
from datetime import UTC, datetime
from typing import get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.rules.facts import Claims, Fact, FactKind, PaymentFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from bursar.sandbox.memory.laws import LawBroken, check_laws
from bursar.sandbox.memory.tables import Table
from bursar.sandbox.retelling import TYPES, fact_from
from tests.rules.make import make_invoice, paid
from tests.rules.world import make_world, tell


def anything(hint):
    """Any value of a declared type that PostgreSQL and JSON can hold."""
    if dataclasses.is_dataclass(hint):
        return st.builds(hint, **{name: anything(each) for name, each in get_type_hints(hint).items()})
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if kinds[-1] is Ellipsis:
            return st.lists(anything(kinds[0]), max_size=3).map(tuple)
        return st.tuples(*map(anything, kinds))
    if get_args(hint):
        return st.one_of(*map(anything, get_args(hint)))
    return PLAIN[hint] if hint in PLAIN else st.from_type(hint)


PLAIN = {
    int: st.integers(-(2**62), 2**62),
    datetime: st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
}
SAID = {
    FactKind.CHECKOUT_EXPIRED: {"status": st.just(CheckoutStatus.EXPIRED)},
    FactKind.CHECKOUT_COMPLETED: {"status": st.just(CheckoutStatus.COMPLETED)},
    **{
        kind: {"status": st.just(PaymentStatus(kind.partition(".")[2]))}
        for kind, fact in TYPES.items()
        if fact is PaymentFact
    },
}
"""What a fact must say to be of its kind."""


def test_every_kind_of_fact_can_be_read_back():
    assert TYPES.keys() == set(FactKind)
    assert set(TYPES.values()) == set(Fact.__args__)


@pytest.mark.parametrize("kind", FactKind)
def test_a_stored_fact_is_read_back_as_it_was(kind):
    hints = {name: anything(hint) for name, hint in get_type_hints(TYPES[kind]).items()}

    @given(st.builds(TYPES[kind], **(hints | SAID.get(kind, {}))))
    def round_trip(fact):
        assert fact.kind is kind
        assert fact_from(fact.kind, orjson.loads(orjson.dumps(fact))) == fact

    round_trip()


@given(anything(Claims))
def test_claims_are_read_back_with_their_tuples(claims):
    fact = dataclasses.replace(paid(1), claims=claims)

    assert fact_from(fact.kind, orjson.loads(orjson.dumps(fact))) == fact


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("payment.invented", {}),
        ("payment.succeeded", {"status": "rich"}),
        ("refund.watermark", {"payment": "pi_1", "unknown": 1}),
    ],
)
def test_what_we_never_wrote_is_no_fact(kind, data):
    with pytest.raises(Broken, match="a stored fact cannot be read"):
        fact_from(kind, data)


def test_a_table_finds_rows_by_what_they_are_now():
    table = Table(lambda row: (row[0],))
    table["a"] = ("red", 1)
    table["b"] = ("red", 2)
    table["a"] = ("blue", 3)
    del table["b"]

    assert table.having("red") == {}
    assert table.having("blue", "green") == {"a": ("blue", 3)}


def test_a_row_that_says_more_than_its_ledger_breaks_a_law():
    world = tell(make_world(make_invoice(1, [10])), paid(4, claims=Claims(invoice="INV-1")))
    payment = world.payment("pi_1")
    world.payments[payment.id] = payment._replace(credit_minor=1)

    with pytest.raises(LawBroken, match="I1: a payment lies somewhere"):
        check_laws(world)
