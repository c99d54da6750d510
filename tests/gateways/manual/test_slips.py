"""Slips and rulings are read back as they were written; anything else is unreadable, never half a fact."""

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.manual.reader import HANDLED_TYPES, Manual
from bursar.gateways.manual.rulings import ATTRIBUTED, GIVEN_UP, Ruling, WriteOff
from bursar.gateways.manual.slips import RECEIVED, RETURNED, Method, ReturnSlip, Slip
from bursar.gateways.protocol import Ignored, Unreadable
from bursar.rules.states import PaymentStatus, RefundEffect, RefundStatus

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLIP = Slip("UTR 77", 1000_00, "INR", DAY, Method.CHEQUE, "student-7", "0198-invoice")
RETURN = ReturnSlip("R 1", 300_00, "INR", DAY, SLIP.payment)
RULING = Ruling("r_1", "pi_1", "0198-invoice", (("tuition", 500_00), ("library", 1)), NOON)
WRITE_OFF = WriteOff("r_2", "0198-invoice", ((1, 500_00), (3, 1)), NOON)
BODIES = {
    RECEIVED: SLIP.document(),
    RETURNED: RETURN.document(),
    ATTRIBUTED: RULING.document(),
    GIVEN_UP: WRITE_OFF.document(),
}
HOSTILE = (None, True, 0, -1, 1.5, 2**63, "", "\u0000", "x" * 300, [], {}, "2026-13-01")


def read(event_type, body):
    return Manual().read(event_type, strictjson.loads(body))


def test_a_slip_becomes_a_payment():
    [fact] = read(RECEIVED, SLIP.document())

    assert (fact.status, fact.payment, fact.amount_minor, fact.currency) == (
        PaymentStatus.SUCCEEDED,
        SLIP.payment,
        1000_00,
        "INR",
    )
    assert (fact.method, fact.claims.customer, fact.claims.invoice) == ("cheque", "student-7", "0198-invoice")
    assert fact.occurred_at.date() == DAY


def test_a_return_becomes_a_refund_that_leaves_the_charge_owed():
    [fact] = read(RETURNED, RETURN.document())

    assert (fact.status, fact.payment, fact.amount_minor) == (RefundStatus.SUCCEEDED, SLIP.payment, 300_00)
    assert fact.effect is RefundEffect.REOPEN


def test_a_ruling_becomes_an_attribution():
    [fact] = read(ATTRIBUTED, RULING.document())

    assert (fact.payment, fact.invoice, fact.occurred_at) == ("pi_1", "0198-invoice", NOON)
    assert fact.components == (("tuition", 500_00), ("library", 1))


@pytest.mark.parametrize(
    "components", [None, "tuition=5", [["tuition"]], [["tuition", 0]], [["", 5]], [[5, 5]], [["a", 1]] * 51]
)
def test_components_that_are_none_make_a_ruling_unreadable(components):
    document = orjson.loads(RULING.document()) | {"components": components}

    with pytest.raises(Unreadable, match="components"):
        Manual().read(ATTRIBUTED, document)


def test_a_write_off_says_how_much_of_which_line_is_given_up():
    [fact] = read(GIVEN_UP, WRITE_OFF.document())

    assert (fact.ruling, fact.invoice, fact.occurred_at) == ("r_2", "0198-invoice", NOON)
    assert fact.lines == ((1, 500_00), (3, 1))


@pytest.mark.parametrize("lines", [None, [], "1=5", [[1]], [[0, 5]], [[1, 0]], [["a", 5]], [[1, 1]] * 10_001])
def test_lines_that_are_none_make_a_write_off_unreadable(lines):
    document = orjson.loads(WRITE_OFF.document()) | {"lines": lines}

    with pytest.raises(Unreadable, match="lines"):
        Manual().read(GIVEN_UP, document)


def test_what_nobody_enters_is_ignored():
    assert isinstance(Manual().read("money.lost", {}), Ignored)
    assert set(BODIES) == HANDLED_TYPES


@pytest.mark.parametrize("event_type", BODIES)
@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_any_field_may_be_replaced_by_anything(event_type, value):
    document = orjson.loads(BODIES[event_type])
    for field in document:
        try:
            facts = Manual().read(event_type, document | {field: value})
        except Unreadable:
            continue
        assert all(0 < len(name) <= 255 for fact in facts for name in fact.gateway_ids)


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_references_are_one_slip_only_if_they_read_alike(one, other):
    same = SLIP._replace(reference=one).payment == SLIP._replace(reference=other).payment

    assert same == (" ".join(one.split()).casefold() == " ".join(other.split()).casefold())


def test_errors_are_refusals():
    assert issubclass(Unreadable, Refused)
