import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.rules.allocation import _ORDER, OpenLine, Policy, allocate, payment_order, policy_label
from tests.rules.make import DUE, an_id

LATER = DUE.replace(month=5)


def open_line(number, open_minor, *, opened=1, priority=100, due_on=DUE, position=1, invoice=1):
    return OpenLine(opened, priority, due_on, position, an_id(number), an_id(invoice), open_minor)


@pytest.mark.parametrize(
    ("amount_minor", "open_minor", "shares", "rest_minor"),
    [
        (0, [50], [], 0),
        (30, [50], [30], 0),
        (50, [50], [50], 0),
        (70, [50], [50], 20),
        (70, [50, 40], [50, 20], 0),
        (100, [50, 40], [50, 40], 10),
        (10, [0, 40], [10], 0),
        (10, [], [], 10),
    ],
)
def test_money_fills_one_line_after_the_other_and_the_rest_is_told(
    amount_minor, open_minor, shares, rest_minor
):
    lines = [open_line(n, minor, position=n) for n, minor in enumerate(open_minor)]

    given_out = allocate(amount_minor, lines)

    assert [share for _, share in given_out.shares] == shares
    assert given_out.rest_minor == rest_minor


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (open_line(1, 1, opened=1, priority=9), open_line(2, 1, opened=2, priority=1)),
        (open_line(1, 1, priority=1, due_on=LATER), open_line(2, 1, priority=2, due_on=DUE)),
        (open_line(1, 1, due_on=DUE, position=2), open_line(2, 1, due_on=LATER, position=1)),
        (open_line(1, 1, position=1), open_line(2, 1, position=2)),
    ],
    ids=["older invoice", "priority", "due date", "position"],
)
def test_the_order_is_invoice_then_priority_then_due_date_then_position(first, second):
    assert allocate(1, [second, first]).shares == ((first.id, 1),)


def test_an_amount_below_zero_is_refused():
    with pytest.raises(Broken, match="never negative"):
        allocate(-1, [])


def test_the_invoice_a_payment_names_comes_first_then_the_oldest():
    old, named = open_line(1, 1, opened=1, invoice=1), open_line(2, 1, opened=2, invoice=2)

    assert payment_order([old, named], an_id(2)) == [named, old]
    assert payment_order([named, old], None) == [old, named]


def test_every_policy_has_an_order_and_a_label():
    assert _ORDER.keys() == set(Policy)
    assert [policy_label(policy) for policy in Policy] == ["priority/1"]


@given(
    amount_minor=st.integers(0, 60),
    lines=st.lists(
        st.builds(
            open_line,
            st.integers(0, 10**6),
            st.integers(0, 9),
            opened=st.integers(1, 2),
            priority=st.integers(1, 2),
            position=st.integers(1, 9),
        ),
        unique_by=lambda line: line.id,
        max_size=8,
    ),
)
def test_shares_and_rest_sum_to_the_amount_and_no_line_gets_more_than_is_open(amount_minor, lines):
    shares, rest_minor = allocate(amount_minor, lines)

    open_minor = {line.id: line.open_minor for line in lines}
    assert sum(share for _, share in shares) + rest_minor == amount_minor
    assert all(0 < share <= open_minor[line_id] for line_id, share in shares)
    assert rest_minor == max(0, amount_minor - sum(open_minor.values()))
