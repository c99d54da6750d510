import unicodedata

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from bursar.documents.direction import begins_from_right, in_visual_order, mirrored, runs_right_to_left
from bursar.documents.text import one_line
from bursar.documents.typefaces import REGULAR, clean

letters = st.text(st.sampled_from("abŁ रत كلا שלם 12 ٣٤ .,-+/%₹ "), max_size=25)


def displayed(text):
    """The line from left to right, letter by letter."""
    pieces = in_visual_order(text, begins_from_right(text))
    return "".join("".join(map(mirrored, reversed(piece))) if turned else piece for piece, turned in pieces)


@given(text=letters)
def test_letters_stand_where_a_second_implementation_puts_them(text):
    assert displayed(text) == get_display(text)


@given(text=st.text(max_size=40).map(clean), from_right=st.booleans())
def test_no_letter_is_lost_or_made_up(text, from_right):
    pieces = in_visual_order(text, from_right)

    assert sorted("".join(piece for piece, _ in pieces)) == sorted(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Student 1", "Student 1"),
        ("رقم 12", "12 مقر"),
        ("(شارع) 5", "5 (عراش)"),
        ("Roll رقم B7", "Roll مقر B7"),
    ],
)
def test_words_run_from_the_right_and_numbers_in_them_do_not(text, shown):
    assert displayed(text) == shown


def test_only_scripts_from_the_right_are_looked_at_twice():
    assert not runs_right_to_left("Łódź ₹12,000 विद्यार्थी")
    assert runs_right_to_left("Student طالب")
    assert begins_from_right("12 طالب Student")
    assert not begins_from_right("12 ₹")


def test_a_run_from_the_right_is_drawn_backwards_with_its_brackets_turned():
    (word, bracket) = [run for run in one_line("(طالب", REGULAR).runs if run.text.strip()]

    assert word.backwards
    assert bracket.text == "("
    assert bracket.glyphs == ")"


def test_letters_of_arabic_change_with_their_neighbours():
    alone, joined = one_line("ب", REGULAR), one_line("ببب", REGULAR)

    assert joined.width < 3 * alone.width
    assert joined.missing == 0


def test_control_characters_never_reach_the_algorithm():
    assert not any(unicodedata.category(c) == "Cf" for c in clean("\u202eabc\u2067\u061cرقم\u200f"))
