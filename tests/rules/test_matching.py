"""A line of a statement pays an invoice when it names it and pays all of it; of others it says why not."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.matching import Came, Owed, Verdict, match

ONE = Owed(UUID(int=1), "INV/26-27/000001", "term-1/pupil-7", "pupil-7", "INR", 1000_00)
TWO = Owed(UUID(int=2), "INV/26-27/000002", "term-1/pupil-8", "pupil-8", "INR", 500_00)
SHORT = Owed(UUID(int=3), "INV/26-27/000003", "7", "pupil-9", "USD", 500_00)
OWED = [ONE, TWO, SHORT]


def came(text, amount_minor=1000_00, currency="INR", key=None):
    return Came(key or f"{text}/{amount_minor}", amount_minor, currency, text)


def judged(*lines, entered=()):
    return [(found.verdict, found.owed) for found in match(lines, OWED, entered)]


@pytest.mark.parametrize(
    "text",
    [
        "INV/26-27/000001",
        "fees inv 26 27 000001 thanks",
        "INV2627000001",
        "inv-26-27-000001.",
        "Term 1 Pupil 7",
    ],
)
def test_a_line_that_names_an_invoice_and_pays_all_of_it_is_certain(text):
    assert judged(came(text)) == [(Verdict.CERTAIN, ONE)]


@pytest.mark.parametrize(
    ("line", "verdict", "owed"),
    [
        (came("fees for November"), Verdict.UNNAMED, None),
        (came("INV/26-27/0000011"), Verdict.UNNAMED, None),
        (came("7", 500_00, "USD"), Verdict.UNNAMED, None),
        (came("INV/26-27/000001", 999_99), Verdict.AMOUNT_DIFFERS, ONE),
        (came("INV/26-27/000001", 1000_01), Verdict.AMOUNT_DIFFERS, ONE),
        (came("INV/26-27/000001", currency="USD"), Verdict.WRONG_CURRENCY, ONE),
        (came("INV/26-27/000001 and INV/26-27/000002"), Verdict.AMBIGUOUS, None),
        (came("INV/26-27/000001", -1000_00), Verdict.NOT_INCOMING, None),
        (came("INV/26-27/000001", 0), Verdict.NOT_INCOMING, None),
    ],
)
def test_whatever_is_not_certain_is_left_and_says_why(line, verdict, owed):
    [found] = match([line], OWED, ())

    assert (found.verdict, found.owed) == (verdict, owed)
    assert found.why


def test_what_was_entered_before_is_not_entered_again():
    line = came("INV/26-27/000001")

    assert judged(line, entered={line.key}) == [(Verdict.ENTERED, None)]
    assert judged(line, line)[1] == (Verdict.ENTERED, None)


def test_an_invoice_is_paid_by_one_line_of_a_statement():
    lines = [came("INV/26-27/000001", key="a"), came("INV/26-27/000001", key="b")]

    assert judged(*lines) == [(Verdict.CERTAIN, ONE), (Verdict.AMOUNT_DIFFERS, ONE)]


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(-5, 1000_00)), max_size=8))
def test_every_line_has_one_verdict_and_no_invoice_is_paid_twice(lines):
    found = match([came(text, minor) for text, minor in lines], OWED, ())

    assert len(found) == len(lines)
    certain = [each.owed for each in found if each.verdict is Verdict.CERTAIN]
    assert len(certain) == len(set(certain))
