"""How an invoice looks: where each word and number of a snapshot stands on the paper.

Every amount is printed as the snapshot has it; nothing is added up here.
"""

from functools import partial

from bursar.documents.bill_layout import Money, Sums, draw_lines, draw_result, net_steps
from bursar.documents.blocks import (
    Pairs,
    draw_heading,
    draw_panel,
    draw_parties,
    draw_terms,
    draw_ways_to_pay,
    labelled,
)
from bursar.documents.display import DisplayList
from bursar.documents.frame import Frame, begin, draw_call, finish
from bursar.documents.invoice import InvoiceKind, InvoiceSnapshot
from bursar.documents.looks import Look, look_of
from bursar.documents.sheets import Sheets
from bursar.documents.table import Column, Row, draw_table
from bursar.documents.theme import Theme
from bursar.documents.wording import day_text
from bursar.rules.money_text import money_text

TITLES = {
    InvoiceKind.INVOICE: "INVOICE",
    InvoiceKind.TAX_INVOICE: "TAX INVOICE",
    InvoiceKind.BILL_OF_SUPPLY: "BILL OF SUPPLY",
    InvoiceKind.INVOICE_CUM_BILL_OF_SUPPLY: "INVOICE-CUM-BILL OF SUPPLY",
    InvoiceKind.FEE_NOTICE: "FEE NOTICE",
}
_NOTES = {
    InvoiceKind.FEE_NOTICE: "This notice is not a tax invoice. It was made by computer.",
}
_NOTE = "This document was issued by computer and is valid without a signature."


def lay_out_invoice(snapshot: InvoiceSnapshot, theme: Theme) -> DisplayList:
    """Place everything. Pure: the same snapshot and theme give an equal list."""
    look = look_of(theme)
    money = partial(money_text, currency=snapshot.currency, locale=snapshot.locale)
    frame = Frame(
        look=look,
        title=TITLES[snapshot.kind],
        number=snapshot.number,
        seller=snapshot.seller,
        copy_label=snapshot.copy_label,
        stamps=snapshot.stamps,
        note=_NOTES.get(snapshot.kind, _NOTE),
        sha256=snapshot.sha256(),
        verify_url=snapshot.verify_url,
    )
    sheets = begin(frame)
    draw_parties(sheets, look, "Bill to", snapshot.customer, _head(snapshot))
    _draw_due(sheets, frame, snapshot, money)
    draw_lines(sheets, look, snapshot.lines, money)
    draw_result(
        sheets,
        look,
        _sums(snapshot, look, money),
        words=snapshot.words,
        tax_rows=snapshot.tax_rows,
        money=money,
    )
    _draw_payments(sheets, snapshot, look, money)
    _draw_instalments(sheets, snapshot, look, money)
    draw_ways_to_pay(sheets, look, snapshot.pay)
    draw_terms(sheets, look, snapshot.legal, snapshot.terms)
    subject = f"{frame.title.capitalize()} for {money(snapshot.total_minor)}"
    return finish(frame, sheets, subject=subject, locale=snapshot.locale, dated=snapshot.issued_on)


def _head(snapshot: InvoiceSnapshot) -> Pairs:
    pairs = [("Number", snapshot.number), ("Date of issue", day_text(snapshot.issued_on))]
    if snapshot.due_on is not None:
        pairs.append(("Due", day_text(snapshot.due_on)))
    return [*pairs, *labelled(snapshot.details)]


def _draw_due(sheets: Sheets, frame: Frame, snapshot: InvoiceSnapshot, money: Money) -> None:
    """What is left to pay and by when, with the way to pay it; or that nothing is left."""
    if snapshot.balance_minor <= 0:
        total = ("Total", money(snapshot.total_minor))
        draw_call(sheets, frame, "", draw_panel(sheets, frame.look, total, ("Left to pay", money(0))))
        return
    due = ("Please pay by", day_text(snapshot.due_on)) if snapshot.due_on else None
    middle = draw_panel(sheets, frame.look, ("Amount due", money(snapshot.balance_minor)), due)
    draw_call(sheets, frame, snapshot.pay.url if snapshot.pay else "", middle)


def _sums(snapshot: InvoiceSnapshot, look: Look, money: Money) -> Sums:
    """The way from the lines to the balance; steps that are nothing are left out."""
    steps = [
        ("Discount given", -snapshot.discount_minor, snapshot.discount_minor),
        *net_steps(snapshot.taxable_minor, snapshot.tax_minor, snapshot.round_off_minor),
    ]
    after = [
        ("Paid", -snapshot.paid_minor, snapshot.paid_minor),
        ("Credited", -snapshot.credited_minor, snapshot.credited_minor),
    ]
    sums = [(label, money(minor), look.value) for label, minor, wanted in steps if wanted]
    sums.append(("Total", money(snapshot.total_minor), look.total))
    paid = [(label, money(minor), look.value) for label, minor, wanted in after if wanted]
    if paid:
        sums += [*paid, ("Balance due", money(snapshot.balance_minor), look.total)]
    return sums


def _draw_payments(sheets: Sheets, snapshot: InvoiceSnapshot, look: Look, money: Money) -> None:
    if not snapshot.payments:
        return
    columns = (
        Column(title="Paid on"),
        Column(title="Method", width_max_pt=150),
        Column(title="Transaction", stretches=True),
        Column(title="Amount", numeric=True),
    )
    rows = [
        Row(cells=(day_text(each.paid_on), each.method, each.reference, money(each.amount_minor)))
        for each in snapshot.payments
    ]
    _draw_own_table(sheets, look, "Payments received", columns, rows)


def _draw_instalments(sheets: Sheets, snapshot: InvoiceSnapshot, look: Look, money: Money) -> None:
    if not snapshot.instalments:
        return
    columns = (
        Column(title="Instalment", stretches=True),
        Column(title="Due"),
        Column(title="Amount", numeric=True),
    )
    rows = [
        Row(cells=(each.label, day_text(each.due_on), money(each.amount_minor)))
        for each in snapshot.instalments
    ]
    _draw_own_table(sheets, look, "Instalments", columns, rows)


def _draw_own_table(
    sheets: Sheets, look: Look, heading: str, columns: tuple[Column, ...], rows: list[Row]
) -> None:
    sheets.keep_together(90)
    draw_heading(sheets, look, heading)
    draw_table(sheets, columns, rows, look.table)
    sheets.y += 16
