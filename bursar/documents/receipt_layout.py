"""How a receipt looks: where each word and number of a snapshot stands on the paper.

Every amount is printed as the snapshot has it; nothing is added up here.
"""

from functools import partial

from bursar.documents.bill_layout import Money, draw_result
from bursar.documents.blocks import draw_panel, draw_parties, draw_section
from bursar.documents.display import DisplayList
from bursar.documents.frame import Frame, begin, finish
from bursar.documents.looks import Look, look_of
from bursar.documents.paper import Party, Stamp
from bursar.documents.receipt import ReceiptLine, ReceiptSnapshot
from bursar.documents.sheets import Sheets
from bursar.documents.table import Column, Row, draw_table
from bursar.documents.theme import Theme
from bursar.documents.wording import day_text, spelled, time_text
from bursar.rules.money_text import money_text

_NOTE = "This receipt was issued by computer and is valid without a signature."
_COLUMNS = (
    Column(title="Invoice", width_max_pt=92),
    Column(title="Component", stretches=True),
    Column(title="Charged", numeric=True),
    Column(title="Paid before", numeric=True),
    Column(title="Paid now", numeric=True),
    Column(title="Balance", numeric=True),
)


def lay_out_receipt(snapshot: ReceiptSnapshot, theme: Theme) -> DisplayList:
    """Place everything. Pure: the same snapshot and theme give an equal list."""
    look = look_of(theme)
    money = partial(money_text, currency=snapshot.currency, locale=snapshot.locale)
    frame = Frame(
        look=look,
        title="RECEIPT",
        number=snapshot.number,
        seller=Party(
            name=snapshot.seller_name, address=snapshot.seller_address, tax_ids=snapshot.seller_tax_ids
        ),
        stamps=(Stamp.TEST,) if snapshot.test_mode else (),
        note=_NOTE,
        sha256=snapshot.sha256(),
        verify_url=snapshot.verify_url,
    )
    sheets = begin(frame)
    pairs = [
        ("Receipt number", snapshot.number),
        ("Date of issue", day_text(snapshot.issued_on)),
        ("Paid on", time_text(snapshot.paid_at)),
    ]
    payer = Party(name=snapshot.customer_name, reference=snapshot.customer_ref)
    draw_parties(sheets, look, "Received from", payer, pairs)
    balance = ("Balance on these invoices", money(snapshot.invoice_balance_minor))
    draw_panel(sheets, look, ("Amount received", money(snapshot.amount_minor)), balance)
    draw_table(sheets, _COLUMNS, [_row(line, money) for line in snapshot.lines], look.table)
    _draw_closing(sheets, look, snapshot, money)
    subject = f"Receipt for {money(snapshot.amount_minor)}"
    return finish(frame, sheets, subject=subject, locale=snapshot.locale, dated=snapshot.issued_on)


def _row(line: ReceiptLine, money: Money) -> Row:
    amounts = (line.due_minor, line.paid_before_minor, line.paid_now_minor, line.balance_minor)
    return Row(cells=(line.invoice_number, line.component, *map(money, amounts)))


def _draw_closing(sheets: Sheets, look: Look, snapshot: ReceiptSnapshot, money: Money) -> None:
    """What the payment came to and how it came, on one sheet: a page break never tears them apart."""
    sums = [("Amount received", money(snapshot.amount_minor), look.total)]
    if snapshot.credit_minor:
        sums.insert(0, ("Kept as credit", money(snapshot.credit_minor), look.value))
    sums.append(("Balance on these invoices", money(snapshot.invoice_balance_minor), look.value))
    pairs = [("Paid through", spelled(snapshot.gateway)), ("Payment reference", snapshot.payment_ref)]
    if snapshot.method is not None:
        pairs.insert(1, ("Method", spelled(snapshot.method)))
    sheets.keep_together(84 + len(sums) * 18 + len(pairs) * 3 * look.pair_pt)
    draw_result(sheets, look, sums, words=snapshot.words, tax_rows=(), money=money)
    draw_section(sheets, look, "Payment details", pairs)
