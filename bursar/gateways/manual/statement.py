"""A bank's statement as CSV: read by the names of its columns into rows of day, amount and text. No I/O."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from bursar.errors import Refused
from bursar.gateways.manual.slips import REFERENCE_LENGTH_MAX
from bursar.rules.money import AMOUNT_MINOR_MAX, CurrencyRefused, checked_currency, exponent

BYTES_MAX = 10 * 1024 * 1024
"""Of a file; a school's year has less than two."""
ROWS_MAX = 20_000
"""Rows of a file; each may become a payment."""
_DELIMITERS = ";,\t|"
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
"""What banks put between groups of digits, besides the other separator."""
_NUMBER = re.compile(
    r"([+-]?)(\d{1,15}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d{1,3}))?([+-]?)",
    re.ASCII,
)
"""Groups end with three digits, as in London and in Delhi: `12,50` is a wrong decimal mark, not 1250."""
_SWAPPED = str.maketrans(",.", ".,")


class StatementRefused(Refused):
    """The file as a whole cannot be read; the message names the line or column and the cure."""


class Columns(NamedTuple):
    """Which column holds what, by the names in the header."""

    day: str
    amount: str
    texts: tuple[str, ...]
    """Reference and purpose; together they are the text in which invoices are named."""
    currency: str | None = None


class Form(NamedTuple):
    """How the bank writes."""

    columns: Columns
    currency: str | None = None
    """Of every row, where no column says."""
    encoding: str = "utf-8-sig"
    decimal: str = "."
    """The decimal mark, `.` or `,`; the other one separates groups."""
    dates: str = "%Y-%m-%d"
    """As strptime takes it."""


class StatementRow(NamedTuple):
    """One line of the statement; what could not be read is said in `unreadable`."""

    line: int
    day: date | None
    amount_minor: int
    """Positive is money that came."""
    currency: str
    text: str
    unreadable: str | None = None


def read_statement(body: bytes, form: Form) -> list[StatementRow]:
    """The rows of a file. Raises StatementRefused when none can be read."""
    if len(body) > BYTES_MAX:
        raise StatementRefused(f"the file has more than {BYTES_MAX // 2**20} MiB: split it")
    reader = csv.DictReader(io.StringIO(_text(body, form.encoding)), delimiter=_delimiter(body, form))
    wanted = [form.columns.day, form.columns.amount, *form.columns.texts, form.columns.currency]
    header = [name for name in reader.fieldnames or [] if name]
    missing = [name for name in wanted if name and name not in header]
    if missing:
        raise StatementRefused(f"no column is called {missing[0]!r}; the header has: {', '.join(header)}")
    try:
        rows = list(_rows(reader, form))
    except csv.Error as error:
        raise StatementRefused(f"line {reader.line_num}: {error}") from None
    return rows


def _rows(reader: "csv.DictReader[str]", form: Form) -> Iterator[StatementRow]:
    for n, row in enumerate(reader):
        if n >= ROWS_MAX:
            raise StatementRefused(f"the file has more than {ROWS_MAX} rows: split it")
        if any(value for value in row.values()):
            yield _row(reader.line_num, row, form)


def _row(line: int, row: Mapping[str, str | None], form: Form) -> StatementRow:
    text = _clean(" ".join(row.get(name) or "" for name in form.columns.texts))
    try:
        currency = checked_currency((row.get(form.columns.currency or "") or form.currency or "").strip())
        day = _day(row.get(form.columns.day) or "", form)
        amount_minor = _amount(row.get(form.columns.amount) or "", currency, form)
    except CurrencyRefused:
        return StatementRow(line, None, 0, "", text, "no currency; name one, or the column that has it")
    except ValueError as error:
        return StatementRow(line, None, 0, form.currency or "", text, str(error))
    return StatementRow(line, day, amount_minor, currency, text)


def _amount(written: str, currency: str, form: Form) -> int:
    """Signed minor units. Raises ValueError saying what is wrong."""
    plain = _SPACES.sub("", written)
    plain = plain.translate(_SWAPPED) if form.decimal == "," else plain
    match = _NUMBER.fullmatch(plain)
    places = exponent(currency)
    if match is None or (match[1] and match[4]):
        raise ValueError(f"{written!r} is no amount with {form.decimal!r} before the decimals")
    decimals = (match[3] or "").rstrip("0")
    if len(decimals) > places:
        raise ValueError(f"{written!r}: {currency} has {places} decimals; is {form.decimal!r} the mark?")
    minor = int(match[2].replace(",", "") + decimals.ljust(places, "0"))
    if minor > AMOUNT_MINOR_MAX:
        raise ValueError(f"{written!r} is more than any amount may be")
    return -minor if "-" in (match[1], match[4]) else minor


def _day(written: str, form: Form) -> date:
    try:
        return datetime.strptime(written.strip(), form.dates).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f"{written!r} is no day as {form.dates}") from None


def _text(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise StatementRefused(f"the file is not {encoding}: name its encoding, often cp1252") from None


def _delimiter(body: bytes, form: Form) -> str:
    """The one that the header has most of."""
    header = _text(body, form.encoding).partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _clean(text: str) -> str:
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.split())[:REFERENCE_LENGTH_MAX].strip()
