"""Answers are aligned in a pipe, drawn on a terminal, and never obey what a gateway wrote."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.cli.output import (
    Column,
    columns,
    csv_cell,
    plural,
    print_csv,
    print_fields,
    print_heading,
    print_table,
    safe_text,
)

SHAPE = [Column("type"), Column("fail", wide_only=True), Column("why", under="type")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    def of_width(width: int) -> Terminal:
        screen = Terminal()
        monkeypatch.setattr("sys.stdout", screen)
        for name, value in (("COLUMNS", width), ("TERM", "xterm"), ("LINES", 50)):
            monkeypatch.setenv(name, str(value))
        return screen

    return of_width


def test_a_pipe_gets_aligned_text(capsys):
    print_table([Column("name"), Column("fail", right=True)], [("a", 10), ("longer", None)])

    assert capsys.readouterr().out == "name    fail\na         10\nlonger\n"


def test_an_empty_table_says_so(capsys):
    print_table(columns("id"), [], empty="nothing is dead")

    assert capsys.readouterr().out == "nothing is dead\n"


def test_a_narrow_terminal_puts_the_reason_below_and_leaves_the_rest_out(terminal):
    screen = terminal(100)

    print_table(
        [Column("type"), Column("fail", wide_only=True), Column("why", under="type")], [("t", 3, "no")]
    )

    shown = [line.strip() for line in screen.getvalue().splitlines()]
    assert "why" not in screen.getvalue()
    assert any(line.endswith("no\x1b[0m") or line == "no" for line in shown)


def test_a_wide_terminal_shows_every_column(terminal):
    screen = terminal(200)

    print_table(
        [Column("type"), Column("fail", wide_only=True), Column("why", under="type")], [("t", 3, "no")]
    )

    assert "why" in screen.getvalue()


def test_a_terminal_gets_bold_headings(terminal):
    screen = terminal(100)

    print_heading("money [bold]")

    assert "money [bold]" in screen.getvalue()
    assert "\x1b[1m" in screen.getvalue()


def test_control_characters_are_shown_instead_of_obeyed():
    assert safe_text("a\x1b[2Jb\n\u202ec") == "a\\x1b[2Jb\\x0a\\x202ec"
    assert safe_text("CHF\u00a012.00 ₹ विद्यार्थी") == "CHF\u00a012.00 ₹ विद्यार्थी"


def test_absent_fields_are_left_out(capsys):
    print_fields({"id": 1, "error": None, "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)})

    assert capsys.readouterr().out == "id  1\nat  2026-01-02 03:04:05Z\n"


def test_nouns_agree_with_their_number():
    assert [plural(n, "event") for n in (0, 1, 2)] == ["0 events", "1 event", "2 events"]


@pytest.mark.parametrize(("width", "head"), [(80, ["type"]), (120, ["id", "type"])])
def test_a_column_may_say_from_which_width_it_has_room_of_its_own(terminal, width, head, monkeypatch):
    screen = terminal(width)
    monkeypatch.setenv("TERM", "dumb")

    print_table([Column("id", under="type", below=110), Column("type")], [("e-1", "charge.updated")])

    assert next(line for line in screen.getvalue().splitlines() if "type" in line).split() == head
    assert "e-1" in screen.getvalue()


@given(st.text())
def test_no_text_becomes_a_formula_in_a_spreadsheet(text):
    cell = str(csv_cell(text))

    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("value", [-5, 0, 7, None])
def test_numbers_stay_numbers(value):
    assert csv_cell(value) == value


def test_csv_is_quoted_where_it_must_be(capsys):
    print_csv(["name", "minor"], [["=1+1", -5], ['a,"b"', 7], ["two\nlines", None]])

    assert capsys.readouterr().out == 'name,minor\n\'=1+1,-5\n"a,""b""",7\ntwo\\x0alines,\n'
