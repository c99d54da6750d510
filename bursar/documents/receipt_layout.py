"""How a receipt looks: where each word and number of a snapshot stands on the paper.

Every amount is printed as the snapshot has it; nothing is added up here.
"""

from datetime import date, datetime

from bursar.documents.display import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, DisplayList, Mark
from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.sheets import LEFT_PT, MARGIN_PT, RIGHT_PT, Sheets, Style
from bursar.documents.table import Column, TableLook, draw_table
from bursar.documents.text import one_line
from bursar.documents.typefaces import BOLD, REGULAR, clean
from bursar.rules.money_text import money_text

_BRAND, _ACCENT = (0.106, 0.192, 0.333), (0.122, 0.565, 0.529)
_INK, _MUTED, _RULE = (0.13, 0.16, 0.21), (0.40, 0.45, 0.52), (0.86, 0.88, 0.91)
_PALE, _WHITE, _ON_BRAND = (0.953, 0.965, 0.976), (1.0, 1.0, 1.0), (0.80, 0.86, 0.93)
_WARNING, _WARNING_PALE = (0.72, 0.11, 0.11), (0.98, 0.905, 0.905)

_TITLE = Style(font=BOLD, size_pt=23, color=_WHITE)
_SELLER = Style(font=BOLD, size_pt=16, color=_WHITE)
_ON_BAND = Style(font=REGULAR, size_pt=8.5, color=_ON_BRAND)
_LABEL = Style(font=REGULAR, size_pt=8.5, color=_MUTED)
_VALUE = Style(font=REGULAR, size_pt=9, color=_INK)
_STRONG = Style(font=BOLD, size_pt=9, color=_INK)
_NAME = Style(font=BOLD, size_pt=12.5, color=_INK)
_AMOUNT = Style(font=BOLD, size_pt=27, color=_BRAND)
_BALANCE = Style(font=BOLD, size_pt=13, color=_INK)
_PAIR_PT = _VALUE.leading_pt + 3
_FOOTER = Style(font=REGULAR, size_pt=7.5, color=_MUTED)
_TEST = Style(font=BOLD, size_pt=8.5, color=_WARNING)
_TABLE = TableLook(
    heading=Style(font=BOLD, size_pt=8, color=_BRAND), cell=_VALUE, heading_fill=_PALE, rule=_RULE
)
_COLUMNS = (
    Column(title="Invoice", width_max_pt=92),
    Column(title="Component", stretches=True),
    Column(title="Charged", numeric=True),
    Column(title="Paid before", numeric=True),
    Column(title="Paid now", numeric=True),
    Column(title="Balance", numeric=True),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# What gateways and methods call themselves; any other word gets a capital.
_SPELLINGS = {"upi": "UPI", "emi": "EMI", "paypal": "PayPal", "ach": "ACH", "sepa_debit": "SEPA debit"}


def lay_out_receipt(snapshot: ReceiptSnapshot) -> DisplayList:
    """Place everything. Pure: the same snapshot gives an equal list."""
    sheets = Sheets(lambda page: _draw_running_head(page, snapshot), _test_mark(snapshot))
    _draw_band(sheets, snapshot)
    _draw_parties(sheets, snapshot)
    _draw_amount(sheets, snapshot)
    draw_table(sheets, _COLUMNS, [_cells(snapshot, i) for i in range(len(snapshot.lines))], _TABLE)
    _draw_closing(sheets, snapshot)
    return DisplayList(
        pages=sheets.finish(lambda page, number, pages: _draw_footer(page, snapshot, number, pages)),
        title=clean(f"Receipt {snapshot.number}"),
        author=clean(snapshot.seller_name),
        subject=f"Receipt for {_money(snapshot, snapshot.amount_minor)}",
        # Every printed word is English; only the region, which groups the digits, varies.
        language=f"en-{snapshot.locale[-2:]}",
        dated=snapshot.issued_on,
    )


def _money(snapshot: ReceiptSnapshot, amount_minor: int) -> str:
    return money_text(amount_minor, snapshot.currency, snapshot.locale)


def _test_mark(snapshot: ReceiptSnapshot) -> Mark | None:
    if not snapshot.test_mode:
        return None
    return Mark(line=one_line("TEST", BOLD), size_pt=190, angle_degrees=45, color=_WARNING_PALE)


def _draw_band(sheets: Sheets, snapshot: ReceiptSnapshot) -> None:
    """The brand band across the sheet: who was paid, and what this paper is."""
    seller = _SELLER.lines(snapshot.seller_name, 310, lines_max=3)
    address = [_ON_BAND.lines(line, 310, lines_max=2) for line in snapshot.seller_address[:6]]
    height = 48 + len(seller) * _SELLER.leading_pt + sum(map(len, address)) * _ON_BAND.leading_pt
    height = max(height, 94)
    sheets.rect(0, 0, PAGE_WIDTH_PT, height, _BRAND)
    sheets.rect(0, height, PAGE_WIDTH_PT, 3, _ACCENT)
    y = sheets.write_lines(seller, LEFT_PT, 25, _SELLER) + 3
    for lines in address:
        y = sheets.write_lines(lines, LEFT_PT, y, _ON_BAND)
    sheets.write_right(_TITLE.line("RECEIPT"), RIGHT_PT, 22, _TITLE)
    sheets.write_right(_ON_BAND.lines(snapshot.number, 170, 1)[0], RIGHT_PT, 55, _ON_BAND)
    sheets.y = height + 27


def _draw_parties(sheets: Sheets, snapshot: ReceiptSnapshot) -> None:
    """Who paid, on the left; the dates of it, on the right."""
    top = sheets.y
    sheets.write(_LABEL.line("Received from"), LEFT_PT, top, _LABEL)
    name = _NAME.lines(snapshot.customer_name, 270, lines_max=4)
    left = sheets.write_lines(name, LEFT_PT, top + 14, _NAME) + 1
    left = sheets.write_lines(_LABEL.lines(snapshot.customer_ref, 270, 2), LEFT_PT, left, _LABEL)
    pairs = [
        ("Receipt number", snapshot.number),
        ("Date of issue", _day_text(snapshot.issued_on)),
        ("Paid on", _time_text(snapshot.paid_at)),
    ]
    right = _draw_pairs(sheets, pairs, x=352, y=top, label_width=74)
    sheets.y = max(left, right) + 17


def _draw_amount(sheets: Sheets, snapshot: ReceiptSnapshot) -> None:
    """The one number that the payer looks for, and what is left to pay. Both stand on one baseline."""
    height, inner, baseline = 70.0, 17.0, sheets.y + 54
    sheets.rect(LEFT_PT, sheets.y, RIGHT_PT - LEFT_PT, height, _PALE)
    sheets.rect(LEFT_PT, sheets.y, 3, height, _ACCENT)
    sheets.write(_LABEL.line("Amount received"), LEFT_PT + inner, sheets.y + 11, _LABEL)
    sheets.write_right(_LABEL.line("Balance on these invoices"), RIGHT_PT - inner, sheets.y + 11, _LABEL)
    text = _money(snapshot, snapshot.amount_minor)
    style = _AMOUNT.fitted(text, 290)
    sheets.write(style.line(text), LEFT_PT + inner, baseline - style.size_pt, style)
    text = _money(snapshot, snapshot.invoice_balance_minor)
    style = _BALANCE.fitted(text, 150)
    sheets.write_right(style.line(text), RIGHT_PT - inner, baseline - style.size_pt, style)
    sheets.y += height + 22


def _cells(snapshot: ReceiptSnapshot, index: int) -> list[str]:
    line = snapshot.lines[index]
    amounts = (line.due_minor, line.paid_before_minor, line.paid_now_minor, line.balance_minor)
    return [line.invoice_number, line.component, *(_money(snapshot, amount) for amount in amounts)]


def _draw_closing(sheets: Sheets, snapshot: ReceiptSnapshot) -> None:
    """What the payment came to and how it came, on one sheet: a page break never tears them apart."""
    sums = [("Amount received", snapshot.amount_minor, _STRONG)]
    if snapshot.credit_minor:
        sums.insert(0, ("Kept as credit", snapshot.credit_minor, _VALUE))
    sums.append(("Balance on these invoices", snapshot.invoice_balance_minor, _VALUE))
    pairs = [("Paid through", _spelled(snapshot.gateway)), ("Payment reference", snapshot.payment_ref)]
    if snapshot.method is not None:
        pairs.insert(1, ("Method", _spelled(snapshot.method)))
    sheets.keep_together(70 + len(sums) * 18 + len(pairs) * 2 * _PAIR_PT)
    sheets.y += 10
    for label, amount_minor, style in sums:
        sheets.write(style.line(label), 300, sheets.y, style)
        sheets.write_right(style.line(_money(snapshot, amount_minor)), RIGHT_PT - 6, sheets.y, style)
        sheets.y += 18
    sheets.y += 16
    sheets.write(_STRONG.line("Payment details"), LEFT_PT, sheets.y, _STRONG)
    sheets.rule(sheets.y + 17, _RULE)
    sheets.y = _draw_pairs(sheets, pairs, x=LEFT_PT, y=sheets.y + 24, label_width=104)


def _draw_pairs(
    sheets: Sheets, pairs: list[tuple[str, str]], *, x: float, y: float, label_width: float
) -> float:
    """Write labels with their values beside them and give the y under the last."""
    for label, value in pairs:
        sheets.write(_LABEL.line(label), x, y + 0.5, _LABEL)
        lines = _VALUE.lines(value, RIGHT_PT - x - label_width, lines_max=2)
        y = sheets.write_lines(lines, x + label_width, y, _VALUE) + 3
    return y


def _draw_running_head(sheets: Sheets, snapshot: ReceiptSnapshot) -> None:
    """What a second page begins with, so that a loose sheet can be put back."""
    sheets.write(_STRONG.lines(snapshot.seller_name, 300, 1)[0], LEFT_PT, 34, _STRONG)
    sheets.write_right(_LABEL.lines(f"Receipt {snapshot.number}", 190, 1)[0], RIGHT_PT, 34, _LABEL)
    sheets.rect(LEFT_PT, 52, RIGHT_PT - LEFT_PT, 1.2, _ACCENT)
    sheets.y = 68


def _draw_footer(sheets: Sheets, snapshot: ReceiptSnapshot, number: int, pages: int) -> None:
    y = PAGE_HEIGHT_PT - MARGIN_PT
    sheets.rule(y, _RULE)
    if snapshot.test_mode:
        sheets.write(_TEST.line("Test mode: no real money was paid."), LEFT_PT, y + 8, _TEST)
    else:
        note = "This receipt was issued by computer and is valid without a signature."
        sheets.write(_FOOTER.line(note), LEFT_PT, y + 8, _FOOTER)
    place = f"{snapshot.number} · Page {number} of {pages}"
    sheets.write_right(_FOOTER.lines(place, 230, 2)[-1], RIGHT_PT, y + 8, _FOOTER)


def _day_text(day: date) -> str:
    """Write a date that no reader can take for another: 3 August 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _time_text(moment: datetime) -> str:
    return f"{_day_text(moment)}, {moment:%H:%M} UTC"


def _spelled(word: str) -> str:
    return _SPELLINGS.get(word, word[:1].upper() + word[1:])
