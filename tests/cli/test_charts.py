"""Charts: the longest bar fills its room, nothing is drawn wider than the terminal, pictures obey no text."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bursar.cli.charts import BARS_MAX, LABEL_MAX, Bar, bar_lines, bar_svg

bars = st.lists(
    st.builds(
        Bar,
        st.text(st.characters(codec="ascii", exclude_categories=["C"])),
        st.integers(-99, 99),
        st.just("9.00"),
    )
)


@given(bars, st.integers(60, 200))
def test_no_line_is_wider_than_the_terminal(given, width):
    assert all(len(line) <= width for line in bar_lines(given, width))
    assert len(bar_lines(given, width)) == len(given)


def test_the_longest_fills_its_room_and_others_are_in_proportion():
    lines = bar_lines([Bar("a", 100, "100"), Bar("b", 50, "50"), Bar("c", 0, "0"), Bar("d", 1, "1")], 40)

    assert [line.count("█") for line in lines] == [32, 16, 0, 0]
    assert lines[2] == "c    0"
    assert lines[3].endswith("▎")


def test_less_than_nothing_is_drawn_otherwise():
    assert "▒" in bar_lines([Bar("refunds", -5, "-5")], 40)[0]


def test_a_long_name_is_cut_and_old_bars_give_way():
    [line] = bar_lines([Bar("x" * 99, 1, "1")], 80)
    assert "x" * (LABEL_MAX - 1) + "…" in line
    assert len(bar_lines([Bar(str(n), n, "") for n in range(BARS_MAX + 5)], 80)) == BARS_MAX


def test_a_picture_is_xml_whatever_the_names_are():
    picture = ElementTree.fromstring(bar_svg("a & b", [Bar("<script>", 5, "₹5.00"), Bar("y" * 50, -5, "-5")]))

    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["a & b", "<script>"]
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}rect"))) == 2
