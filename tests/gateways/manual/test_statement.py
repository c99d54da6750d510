"""Statements as banks write them: other encodings, marks, dates and separators; nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways.manual import statement
from bursar.gateways.manual.statement import Columns, Form, StatementRefused, read_statement
from bursar.rules.money import Money

COLUMNS = Columns("Buchungstag", "Betrag", ("Verwendungszweck", "Name"))
GERMAN = Form(COLUMNS, "EUR", "cp1252", ",", "%d.%m.%Y")
PLAIN = Form(Columns("day", "amount", ("text",)), "INR")


def plain(amount, day="2026-11-20", text="INV 1"):
    [row] = read_statement(f'day,amount,text\n{day},"{amount}",{text}\n'.encode(), PLAIN)
    return row


def test_a_german_statement_is_read_by_its_own_words():
    body = (
        "Buchungstag;Betrag;Verwendungszweck;Name\r\n"
        "20.11.2026;1.250,50;Schulgeld  INV/26-27/000001;Müller\r\n"
        "21.11.2026;-12,00;Gebühr;Bank\r\n"
        ";;;\r\n"
    ).encode("cp1252")

    first, second = read_statement(body, GERMAN)

    assert first[1:] == (date(2026, 11, 20), 1250_50, "EUR", "Schulgeld INV/26-27/000001 Müller", None)
    assert (second.line, second.amount_minor) == (3, -12_00)


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1250", 1250_00),
        ("1,250.50", 1250_50),
        ("1,23,456.5", 123456_50),
        ("+3.00", 3_00),
        ("3.00-", -3_00),
        ("1 250.00", 1250_00),
        ("1\u202f250.000", 1250_00),
    ],
)
def test_amounts_are_read_as_banks_write_them(written, minor):
    assert plain(written).amount_minor == minor


@pytest.mark.parametrize("written", ["", "12,50", "1.250,50", "1.255", "-3.00-", "₹3", "1e5", "٣", "9" * 16])
def test_what_is_no_amount_is_said_and_never_guessed(written):
    row = plain(written)

    assert row.amount_minor == 0
    assert row.unreadable


@given(st.integers(-(10**12), 10**12), st.sampled_from((".", ",")))
def test_an_amount_written_with_a_mark_is_read_back(minor, mark):
    written = Money(amount_minor=minor, currency="INR").decimal_text().replace(".", mark)
    form = PLAIN._replace(decimal=mark)
    [row] = read_statement(f'day;amount;text\n2026-11-20;"{written}";x\n'.encode(), form)

    assert row.amount_minor == minor


def test_a_day_that_is_none_is_said():
    assert "no day" in plain("1", day="20.11.2026").unreadable


def test_the_currency_may_stand_in_a_column():
    form = Form(PLAIN.columns._replace(currency="cur"))
    [rupees, nothing] = read_statement(b"day,amount,text,cur\n2026-11-20,5,x,inr\n2026-11-20,5,x,\n", form)

    assert (rupees.currency, rupees.amount_minor) == ("INR", 5_00)
    assert "no currency" in nothing.unreadable


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"day,sum,text\n", "no column is called 'amount'; the header has: day, sum, text"),
        (b"", "no column"),
        (b"day,amount,text\n2026-11-20,5,\xff\n", "not utf-8"),
        (b"x" * (statement.BYTES_MAX + 1), "MiB"),
        (b"day,amount,text\n" + b"2026-11-20,5,x\n" * (statement.ROWS_MAX + 1), "20000 rows"),
        (b'day,amount,text\n2026-11-20,5,"' + b"x" * 140_000, "line"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_cure(body, said):
    with pytest.raises(StatementRefused, match=said):
        read_statement(body, PLAIN)


def test_control_characters_and_long_texts_are_tamed():
    row = plain("1", text="a\x1b[31m" + "b" * 200)

    assert row.text.isprintable()
    assert len(row.text) <= 140


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_refused(body):
    try:
        rows = read_statement(b"day,amount,text\n" + body, PLAIN)
    except StatementRefused:
        return
    assert all(row.unreadable or row.day for row in rows)
