"""The lines of a settlement: tied or labelled, and what is left is always said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.settling import LABELS_MAX, Line, tie


def line(name="l1", kind="payment", about="p1", gross=1000, fee=20, *, known=True, fee_known=True) -> Line:
    return Line(name, kind, about, gross, fee, gross - fee, "INR", known, fee_known)


@pytest.mark.parametrize(
    ("paid", "lines", "remainder", "agrees"),
    [
        (980, [line()], 0, True),
        (979, [line()], -1, False),
        (None, [line()], None, False),
        (0, [], 0, True),
        (None, [line(kind="transfer", about=None, known=False)], 0, True),
        (None, [], None, False),
        (None, [line(kind="transfer", about=None, known=False), line("l2")], None, False),
        (960, [line(), line("l2", "fee", None, -20, 0, known=False)], 0, True),
        (980, [line(known=False)], 0, False),
        (980, [line(fee_known=False)], 0, True),
        (780, [line(), line("l2", "refund", "r1", -200, 0)], 0, True),
        (-200, [line("l2", "refund", "r1", -200, 0)], 0, True),
    ],
)
def test_a_settlement_agrees_when_its_lines_explain_it_and_each_that_must_be_is_tied(
    paid, lines, remainder, agrees
):
    tied = tie("s1", "INR", paid, lines)

    assert (tied.remainder_minor, tied.agrees) == (remainder, agrees)


@pytest.mark.parametrize(
    ("untied", "label"),
    [
        (line(known=False), "payment p1 is unknown"),
        (line(about=None, known=False), "payment l1 is unknown"),
        (line(kind="fee", about=None, known=False), "fee"),
        (line(kind="adjustment", about="adj_1", known=False), "adjustment adj_1"),
    ],
)
def test_a_line_that_nothing_explains_has_a_label(untied, label):
    assert [each.label for each in tie("s1", "INR", 980, [untied]).untied] == [label]


def test_what_is_unknown_and_what_has_no_fee_yet_are_asked_about_apart():
    lines = [
        line("l1", known=False, fee_known=False),
        line("l2", fee_known=False),
        line("l3", "transfer", known=False, fee_known=False),
    ]

    tied = tie("s1", "INR", 0, lines)

    assert (tied.unknown, tied.feeless) == (("l1",), ("l2",))


def test_a_person_reads_the_remainder_also_when_it_is_nothing():
    unknown = [line(f"l{n}", about=f"p{n}", known=False) for n in range(LABELS_MAX + 5)]

    assert tie("s1", "INR", 979, [line()]).detail == (
        "₹9.79 reached the bank, no line explains -₹0.01; untied lines: none"
    )
    assert (
        "no line explains ₹0.00; untied lines: payment p0 is unknown"
        in tie("s1", "INR", 14_700, unknown).detail
    )
    assert tie("s1", "INR", 0, unknown).detail.count("unknown") == LABELS_MAX
    assert tie("s1", "INR", None, [line()]).detail == "its lines are known, but not what reached the bank"


@given(
    st.lists(
        st.builds(
            line,
            st.uuids().map(str),
            st.sampled_from(["payment", "refund", "dispute", "fee", "transfer"]),
            st.none() | st.just("x"),
            st.integers(-9999, 9999),
            st.integers(0, 99),
            known=st.booleans(),
            fee_known=st.booleans(),
        )
    ),
    st.integers(-9999, 9999),
    st.randoms(),
)
def test_tied_untied_and_remainder_are_what_reached_the_bank_in_any_order(lines, paid, chance):
    tied = tie("s1", "INR", paid, lines)
    chance.shuffle(lines)

    assert tied == tie("s1", "INR", paid, lines)
    assert tied.remainder_minor is not None
    assert tied.tied_minor + tied.untied_minor + tied.remainder_minor == paid
    assert tied.tied_minor + tied.untied_minor == sum(each.net_minor for each in lines)
    assert tied.fee_minor == sum(each.fee_minor for each in lines)
