"""How one payment spreads over the lines of one invoice, policy by policy, and which invoice comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.rules.allocation import _SPREAD, OpenLine, Policy, allocate, invoice_order, policy_label
from tests.rules.make import DUE, an_id

LATER = DUE.replace(month=5)
PRIORITY, OLDEST_DUE, PRO_RATA, TAX_FIRST = Policy


def line(number, open_minor, *, priority=100, due_on=DUE, position=1, component="tuition", tax_minor=0):
    return OpenLine(an_id(number), component, priority, due_on, position, open_minor, tax_minor)


def given_to(amount_minor, lines, policy=PRIORITY, components=()):
    """Minor units by the number of the line."""
    shares = {}
    for line_id, share in allocate(amount_minor, lines, policy, components):
        shares[line_id.int] = shares.get(line_id.int, 0) + share
    return shares


@pytest.mark.parametrize(
    ("amount_minor", "open_minor", "shares"),
    [
        (0, [50], {}),
        (30, [50], {0: 30}),
        (50, [50], {0: 50}),
        (70, [50], {0: 50}),
        (70, [50, 40], {0: 50, 1: 20}),
        (100, [50, 40], {0: 50, 1: 40}),
        (10, [0, 40], {1: 10}),
        (10, [], {}),
    ],
)
def test_money_fills_one_line_after_the_other(amount_minor, open_minor, shares):
    lines = [line(n, minor, position=n) for n, minor in enumerate(open_minor)]

    assert given_to(amount_minor, lines) == shares


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [
        (PRIORITY, line(1, 1, priority=1, due_on=LATER), line(2, 1, priority=2, due_on=DUE)),
        (PRIORITY, line(1, 1, due_on=DUE, position=2), line(2, 1, due_on=LATER, position=1)),
        (PRIORITY, line(1, 1, position=1), line(2, 1, position=2)),
        (OLDEST_DUE, line(1, 1, priority=2, due_on=DUE), line(2, 1, priority=1, due_on=LATER)),
        (OLDEST_DUE, line(1, 1, priority=1), line(2, 1, priority=2)),
        (TAX_FIRST, line(1, 5, priority=2, tax_minor=1), line(2, 5, priority=1)),
    ],
    ids=["priority", "then due date", "then position", "due date", "then priority", "tax"],
)
def test_each_policy_has_its_own_first_line(policy, first, second):
    assert given_to(1, [second, first], policy) == {1: 1}


def test_pro_rata_gives_every_line_its_part_and_odd_units_to_the_largest_remainder():
    lines = [line(1, 70), line(2, 20), line(3, 10, priority=1)]

    assert given_to(50, lines, PRO_RATA) == {1: 35, 2: 10, 3: 5}
    assert given_to(1, lines, PRO_RATA) == {1: 1}
    assert given_to(200, lines, PRO_RATA) == {1: 70, 2: 20, 3: 10}
    assert given_to(0, lines, PRO_RATA) == {}


def test_tax_first_pays_the_tax_of_every_line_before_any_net():
    lines = [line(1, 100, tax_minor=18), line(2, 50, tax_minor=9, position=2)]

    assert given_to(20, lines, TAX_FIRST) == {1: 18, 2: 2}
    assert given_to(127, lines, TAX_FIRST) == {1: 100, 2: 27}


def test_what_the_payer_named_comes_first_and_the_rest_follows_the_policy():
    lines = [
        line(1, 60),
        line(2, 30, component="books", position=2),
        line(3, 9, component="books", position=3),
    ]

    assert given_to(50, lines, components=(("books", 35),)) == {2: 30, 3: 5, 1: 15}
    assert given_to(20, lines, components=(("books", 35), ("tuition", 9))) == {2: 20}
    assert given_to(20, lines, components=(("laptop", 20),)) == {1: 20}


def test_an_amount_below_zero_is_refused():
    with pytest.raises(Broken, match="never negative"):
        allocate(-1, [], PRIORITY)


def test_the_invoice_a_payment_names_comes_first_then_the_oldest():
    lines = {an_id(1): [line(1, 1, due_on=LATER)], an_id(2): [line(2, 1)], an_id(3): [line(3, 1)]}

    assert invoice_order(lines, PRIORITY, an_id(2)) == [an_id(2), an_id(1), an_id(3)]
    assert invoice_order(lines, PRIORITY, None) == [an_id(1), an_id(2), an_id(3)]
    assert invoice_order(lines, OLDEST_DUE, None) == [an_id(2), an_id(3), an_id(1)]
    assert invoice_order(lines, OLDEST_DUE, an_id(1)) == [an_id(1), an_id(2), an_id(3)]


def test_every_policy_spreads_and_has_a_label():
    assert _SPREAD.keys() == set(Policy)
    assert [policy_label(policy) for policy in Policy] == [
        "priority/1",
        "oldest_due/1",
        "pro_rata/1",
        "tax_first/1",
    ]
    assert policy_label(PRIORITY, (("books", 1),)) == "explicit/1"


@given(
    amount_minor=st.integers(0, 60),
    policy=st.sampled_from(Policy),
    components=st.lists(
        st.tuples(st.sampled_from(("tuition", "books", "laptop")), st.integers(1, 20)), max_size=3
    ),
    lines=st.lists(
        st.builds(
            line,
            st.integers(0, 10**6),
            st.integers(0, 9),
            priority=st.integers(1, 2),
            position=st.integers(1, 9),
            component=st.sampled_from(("tuition", "books")),
            tax_minor=st.integers(0, 3),
        ),
        unique_by=lambda line: line.id,
        max_size=8,
    ),
)
def test_no_line_gets_more_than_is_open_and_nothing_is_kept_back(amount_minor, policy, components, lines):
    shares = given_to(amount_minor, lines, policy, tuple(components))

    open_minor = {each.id.int: each.open_minor for each in lines}
    assert sum(shares.values()) == min(amount_minor, sum(open_minor.values()))
    assert all(0 < share <= open_minor[number] for number, share in shares.items())
