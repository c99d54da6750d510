import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bursar.documents.text import ELLIPSIS, TEXT_MAX, one_line, wrap
from bursar.documents.typefaces import BOLD, REGULAR, clean, clusters, measure, split_runs

SIZE_PT = 9.0


def said(line):
    return "".join(run.text for run in line.runs)


def drawn(text):
    """What a text says once it is drawn: without doubled spaces, and □ where no font has a letter."""
    return " ".join(said(one_line(text, REGULAR)).split(" ")).strip(" ")


@given(text=st.text(max_size=300), width_pt=st.floats(30, 500))
@example(text="  two  spaces ", width_pt=400)
@example(text="W" * 300, width_pt=30)
@example(text="विद्यार्थी" * 20, width_pt=60)
def test_no_line_is_wider_than_its_column_and_no_letter_is_lost(text, width_pt):
    lines = wrap(text, REGULAR, SIZE_PT, width_pt, lines_max=10_000)

    assert lines
    assert all(line.width_pt(SIZE_PT) <= width_pt + 0.01 or len(clusters(said(line))) == 1 for line in lines)
    assert "".join(map(said, lines)).replace(" ", "") == drawn(text).replace(" ", "")


@given(text=st.text(max_size=500), lines_max=st.integers(1, 4))
def test_what_does_not_fit_leaves_an_ellipsis(text, lines_max):
    all_lines = wrap(text, REGULAR, SIZE_PT, 60, lines_max=10_000)

    lines = wrap(text, REGULAR, SIZE_PT, 60, lines_max)

    assert len(lines) == min(len(all_lines), lines_max)
    assert said(lines[-1]).endswith(ELLIPSIS) or lines == all_lines
    assert all(line.width_pt(SIZE_PT) <= 60.01 for line in lines)


def test_words_move_to_the_next_line_whole():
    lines = wrap("Laboratory and library fees", REGULAR, SIZE_PT, 70, lines_max=9)

    assert [said(line) for line in lines] == ["Laboratory and", "library fees"]


def test_a_word_that_fits_no_line_is_broken_between_letters():
    lines = wrap("a Pneumonoultramicroscopicsilicovolcanoconiosis z", REGULAR, SIZE_PT, 70, lines_max=9)

    assert "".join(map(said, lines)) == "aPneumonoultramicroscopicsilicovolcanoconiosis z"
    assert len(lines) > 3


def test_text_made_to_measure_stays_on_one_line():
    for text in ("TRK-2026-0007", "INV/26-27/000042", "विद्यार्थी १"):
        width_pt = one_line(text, REGULAR).width_pt(SIZE_PT)

        assert len(wrap(text, REGULAR, SIZE_PT, width_pt, lines_max=2)) == 1


def test_a_hostile_length_costs_no_more_than_the_longest_that_is_shown():
    assert len(said(wrap("x" * 10_000_000, REGULAR, SIZE_PT, 10**6, lines_max=1)[0])) == TEXT_MAX


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Student 1", "Student 1"),
        ("Z\u0307", "Ż"),
        ("a\nb\tc\u2028d\u3000e", "a b c d e"),
        ("CHF\u202f1", "CHF\u00a01"),
        ("a\u202eb\u2066c\u200fd\x00e\x7ff\x9bg\ufeffh\u00adi", "abcdefghi"),
        ("a\u200db", "ab"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("\u2764\ufe0f", "\u2764"),
    ],
)
def test_foreign_text_is_made_safe_to_draw(text, cleaned):
    assert clean(text) == cleaned


@given(text=st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(
    text=st.text(st.sampled_from("aŁ₹→✓李विद्यार्थी १\u200d"), max_size=40),
    style=st.sampled_from([REGULAR, BOLD]),
)
def test_runs_say_the_whole_text_in_order_with_a_box_for_what_is_missing(text, style):
    runs = split_runs(clean(text), style)

    assert "".join(run.text for run in runs) == clean(text).replace("李", "□")
    assert sum(run.missing for run in runs) == text.count("李")
    assert measure(clean(text), style) == pytest.approx(sum(run.width for run in runs))


def test_a_syllable_is_never_cut():
    assert clusters("विद्यार्थी") == ["वि", "द्या", "र्थी"]
    assert clusters("x\u0301y") == ["x\u0301", "y"]


def test_bold_is_wider_than_regular():
    assert measure("Tuition", BOLD) > measure("Tuition", REGULAR)
