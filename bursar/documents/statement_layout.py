"""How a statement of account looks. Every amount is printed as the snapshot has it."""

from functools import partial

from bursar.documents.bill_layout import Money
from bursar.documents.blocks import (
    draw_heading,
    draw_panel,
    draw_parties,
    draw_sums,
    draw_terms,
    draw_ways_to_pay,
    sums_height,
)
from bursar.documents.display import DisplayList
from bursar.documents.frame import Frame, begin, draw_call, finish
from bursar.documents.looks import Look, look_of
from bursar.documents.sheets import LEFT_PT, RIGHT_PT, Sheets
from bursar.documents.statement import StatementSnapshot
from bursar.documents.table import Column, Row, draw_table
from bursar.documents.theme import Theme
from bursar.documents.wording import day_text, short_day_text
from bursar.rules.money_text import money_text

_NOTE = "This statement was made by computer. Please tell us of any difference within 30 days."
_COLUMNS = (
    Column(title="Date"),
    Column(title="Document", width_max_pt=100),
    Column(title="Description", stretches=True),
    Column(title="Charged", numeric=True),
    Column(title="Credited", numeric=True),
    Column(title="Balance", numeric=True),
)
_AGES_PER_ROW = 5
_AGE_PT = 38.0


def lay_out_statement(snapshot: StatementSnapshot, theme: Theme) -> DisplayList:
    """Place everything. Pure: the same snapshot and theme give an equal list."""
    look = look_of(theme)
    money = partial(money_text, currency=snapshot.currency, locale=snapshot.locale)
    frame = Frame(
        look=look,
        title="STATEMENT OF ACCOUNT",
        number=snapshot.number,
        seller=snapshot.seller,
        stamps=snapshot.stamps,
        note=_NOTE,
        sha256=snapshot.sha256(),
        verify_url=snapshot.verify_url,
    )
    sheets = begin(frame)
    period = f"{short_day_text(snapshot.first_day)} – {short_day_text(snapshot.last_day)}"
    pairs = [
        ("Period", period),
        ("Date of issue", day_text(snapshot.issued_on)),
        ("Currency", snapshot.currency),
    ]
    draw_parties(sheets, look, "Account of", snapshot.customer, pairs)
    _draw_balance(sheets, frame, snapshot, money)
    draw_table(sheets, _COLUMNS, _rows(snapshot, money), look.table)
    _draw_sums(sheets, look, snapshot, money)
    _draw_ages(sheets, look, snapshot, money)
    draw_ways_to_pay(sheets, look, snapshot.pay)
    draw_terms(sheets, look, (), snapshot.terms)
    subject = f"Statement of account, {period}"
    return finish(frame, sheets, subject=subject, locale=snapshot.locale, dated=snapshot.issued_on)


def _draw_balance(sheets: Sheets, frame: Frame, snapshot: StatementSnapshot, money: Money) -> None:
    """What is owed at the end, or what is held for the customer."""
    owed = snapshot.closing_minor >= 0
    first = (
        ("Balance to pay", money(snapshot.closing_minor))
        if owed
        else ("In your favour", money(-snapshot.closing_minor))
    )
    middle = draw_panel(sheets, frame.look, first, ("As of", day_text(snapshot.last_day)))
    pay_url = snapshot.pay.url if snapshot.pay and snapshot.closing_minor > 0 else ""
    draw_call(sheets, frame, pay_url, middle)


def _rows(snapshot: StatementSnapshot, money: Money) -> list[Row]:
    opening = ("", "", "Balance brought forward", "", "", money(snapshot.opening_minor))
    rows = [Row(cells=(short_day_text(snapshot.first_day), *opening[1:]))]
    for line in snapshot.lines:
        charged = money(line.charged_minor) if line.charged_minor else ""
        credited = money(line.credited_minor) if line.credited_minor else ""
        day = short_day_text(line.on)
        rows.append(
            Row(cells=(day, line.document, line.description, charged, credited, money(line.balance_minor)))
        )
    return rows


def _draw_sums(sheets: Sheets, look: Look, snapshot: StatementSnapshot, money: Money) -> None:
    sums = [
        ("Brought forward", money(snapshot.opening_minor), look.value),
        ("Charged", money(snapshot.charged_minor), look.value),
        ("Credited", money(-snapshot.credited_minor), look.value),
        ("Closing balance", money(snapshot.closing_minor), look.total),
    ]
    sheets.keep_together(10 + sums_height(sums))
    sheets.y = draw_sums(sheets, sums, sheets.y + 10) + 14


def _draw_ages(sheets: Sheets, look: Look, snapshot: StatementSnapshot, money: Money) -> None:
    """How old what is owed is, side by side."""
    if not snapshot.ages:
        return
    rows = [snapshot.ages[i : i + _AGES_PER_ROW] for i in range(0, len(snapshot.ages), _AGES_PER_ROW)]
    sheets.keep_together(22 + _AGE_PT)
    draw_heading(sheets, look, "Age of what is open")
    for bands in rows:
        sheets.keep_together(_AGE_PT)
        width = (RIGHT_PT - LEFT_PT) / len(bands)
        for n, band in enumerate(bands):
            x, text = LEFT_PT + n * width, money(band.amount_minor)
            sheets.write(look.label.lines(band.label, width - 10, 1)[0], x, sheets.y, look.label)
            style = look.strong.fitted(text, width - 10)
            sheets.write(style.line(text), x, sheets.y + 13, style)
        sheets.y += _AGE_PT
