"""How charged lines, their sums and their taxes stand on a paper: the same on invoices and credit notes."""

from collections.abc import Callable, Sequence

from bursar.documents.billing import BilledLine, TaxRow
from bursar.documents.blocks import draw_heading, draw_sums, sums_height
from bursar.documents.looks import RULE, Look
from bursar.documents.sheets import LEFT_PT, Sheets, Style
from bursar.documents.table import Column, Row, draw_table

Money = Callable[[int], str]
Sums = Sequence[tuple[str, str, Style]]

_SIDE_WIDTH_PT = 252.0
_SIDE_ROWS_MAX = 8
"""Tax rows that fit beside the sums; more become a table of their own below."""
_SIDE_CODE_PT, _SIDE_TAXABLE_PT = 92.0, 184.0
_WORDS_LINES_MAX = 5


def draw_lines(sheets: Sheets, look: Look, lines: Sequence[BilledLine], money: Money) -> None:
    """The table of fees. Columns in which no line has anything to say are left out."""
    taxed = any(line.tax_minor or line.tax_label for line in lines)
    shown: list[tuple[bool, Column, Callable[[BilledLine], str]]] = [
        (True, Column(title="Description", stretches=True), lambda line: line.component),
        (any(each.code for each in lines), Column(title="SAC/HSN"), lambda line: line.code),
        (any(map(_is_counted, lines)), Column(title="Qty", numeric=True), _quantity),
        (True, Column(title="Rate", numeric=True), lambda line: money(line.unit_minor)),
        (
            any(each.discount_minor for each in lines),
            Column(title="Discount", numeric=True),
            lambda line: money(-line.discount_minor) if line.discount_minor else "",
        ),
        (taxed, Column(title="Taxable", numeric=True), lambda line: money(line.taxable_minor)),
        (taxed, Column(title="Tax rate", width_max_pt=76), lambda line: line.tax_label),
        (taxed, Column(title="Tax", numeric=True), lambda line: money(line.tax_minor)),
        (True, Column(title="Amount", numeric=True), lambda line: money(line.total_minor)),
    ]
    kept = [(column, text) for wanted, column, text in shown if wanted]
    rows = [
        Row(
            cells=tuple(text(line) for _, text in kept),
            note=" · ".join(each for each in (line.description, line.period) if each),
        )
        for line in lines
    ]
    draw_table(sheets, [column for column, _ in kept], rows, look.table)


def _is_counted(line: BilledLine) -> bool:
    return line.quantity != 1 or bool(line.unit)


def _quantity(line: BilledLine) -> str:
    return f"{line.quantity} {line.unit}".strip()


def net_steps(taxable_minor: int, tax_minor: int, round_off_minor: int) -> list[tuple[str, int, int]]:
    """The way from the lines to the total as (label, amount, whether it is told: not zero)."""
    return [
        ("Taxable value" if tax_minor else "Subtotal", taxable_minor, tax_minor or round_off_minor),
        ("Tax", tax_minor, tax_minor),
        ("Round-off", round_off_minor, round_off_minor),
    ]


def draw_result(
    sheets: Sheets, look: Look, sums: Sums, *, words: str, tax_rows: Sequence[TaxRow], money: Money
) -> None:
    """The sums with the total in words and the taxes beside them, on one sheet."""
    beside = tax_rows if len(tax_rows) <= _SIDE_ROWS_MAX else ()
    spoken = look.value.lines(words, _SIDE_WIDTH_PT, _WORDS_LINES_MAX) if words else ()
    side = (14 + len(spoken) * look.value.leading_pt + 10) if spoken else 0
    side += (18 + len(beside) * look.small.leading_pt + 8) if beside else 0
    sheets.keep_together(10 + max(side, sums_height(sums)))
    sheets.y += 10
    top = sheets.y
    right = draw_sums(sheets, sums, top)
    left = top
    if spoken:
        sheets.write(look.label.line("Amount in words"), LEFT_PT, left, look.label)
        left = sheets.write_lines(spoken, LEFT_PT, left + 13, look.value) + 10
    if beside:
        left = _draw_taxes_beside(sheets, look, beside, left, money)
    sheets.y = max(left, right) + 14
    if len(tax_rows) > len(beside):
        _draw_tax_table(sheets, look, tax_rows, money)


def _draw_taxes_beside(sheets: Sheets, look: Look, rows: Sequence[TaxRow], y: float, money: Money) -> float:
    style, heading = look.small, look.table.heading
    xs = (LEFT_PT, LEFT_PT + _SIDE_CODE_PT, LEFT_PT + _SIDE_TAXABLE_PT, LEFT_PT + _SIDE_WIDTH_PT)
    for n, title in enumerate(("Tax summary", "SAC/HSN")):
        sheets.write(heading.line(title), xs[n], y, heading)
    for n, title in enumerate(("Taxable", "Tax"), start=2):
        sheets.write_right(heading.line(title), xs[n], y, heading)
    sheets.rule(y + 14, RULE, xs[0], xs[3])
    y += 18
    for row in rows:
        sheets.write(style.lines(row.label, _SIDE_CODE_PT - 6, 1)[0], xs[0], y, style)
        sheets.write(style.lines(row.code, 46, 1)[0], xs[1], y, style)
        for x, amount_minor in zip(xs[2:], (row.taxable_minor, row.tax_minor), strict=True):
            fitted = style.fitted(money(amount_minor), 64)
            sheets.write_right(fitted.line(money(amount_minor)), x, y, fitted)
        y += style.leading_pt
    return y + 8


def _draw_tax_table(sheets: Sheets, look: Look, rows: Sequence[TaxRow], money: Money) -> None:
    sheets.keep_together(90)
    draw_heading(sheets, look, "Tax summary")
    columns = (
        Column(title="Tax", stretches=True),
        Column(title="SAC/HSN"),
        Column(title="Taxable", numeric=True),
        Column(title="Tax", numeric=True),
    )
    cells = [(row.label, row.code, money(row.taxable_minor), money(row.tax_minor)) for row in rows]
    draw_table(sheets, columns, [Row(cells=each) for each in cells], look.table)
    sheets.y += 16
