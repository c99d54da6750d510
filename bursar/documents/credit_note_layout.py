"""How a credit note looks. Every amount is printed as the snapshot has it; nothing is added up here."""

from functools import partial

from bursar.documents.bill_layout import Money, Sums, draw_lines, draw_result, net_steps
from bursar.documents.blocks import (
    Pairs,
    draw_panel,
    draw_parties,
    draw_section,
    draw_terms,
    labelled,
)
from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.documents.display import DisplayList
from bursar.documents.frame import Frame, begin, draw_call, finish
from bursar.documents.looks import Look, look_of
from bursar.documents.theme import Theme
from bursar.documents.wording import day_text
from bursar.rules.money_text import money_text

_NOTE = "This credit note was issued by computer and is valid without a signature."


def lay_out_credit_note(snapshot: CreditNoteSnapshot, theme: Theme) -> DisplayList:
    """Place everything. Pure: the same snapshot and theme give an equal list."""
    look = look_of(theme)
    money = partial(money_text, currency=snapshot.currency, locale=snapshot.locale)
    frame = Frame(
        look=look,
        title="CREDIT NOTE",
        number=snapshot.number,
        seller=snapshot.seller,
        copy_label=snapshot.copy_label,
        stamps=snapshot.stamps,
        note=_NOTE,
        sha256=snapshot.sha256(),
        verify_url=snapshot.verify_url,
    )
    sheets = begin(frame)
    draw_parties(sheets, look, "Credit to", snapshot.customer, _head(snapshot))
    against = ("Against invoice", snapshot.invoice_number)
    middle = draw_panel(sheets, look, ("Amount credited", money(snapshot.total_minor)), against)
    draw_call(sheets, frame, "", middle)
    draw_lines(sheets, look, snapshot.lines, money)
    draw_result(
        sheets,
        look,
        _sums(snapshot, look, money),
        words=snapshot.words,
        tax_rows=snapshot.tax_rows,
        money=money,
    )
    draw_section(sheets, look, "How it was settled", labelled(snapshot.settled))
    draw_terms(sheets, look, snapshot.legal, snapshot.terms)
    subject = f"Credit note for {money(snapshot.total_minor)}"
    return finish(frame, sheets, subject=subject, locale=snapshot.locale, dated=snapshot.issued_on)


def _head(snapshot: CreditNoteSnapshot) -> Pairs:
    return [
        ("Number", snapshot.number),
        ("Date of issue", day_text(snapshot.issued_on)),
        ("Invoice", snapshot.invoice_number),
        ("Invoice date", day_text(snapshot.invoice_issued_on)),
        *labelled(snapshot.details),
        ("Reason", snapshot.reason),
    ]


def _sums(snapshot: CreditNoteSnapshot, look: Look, money: Money) -> Sums:
    steps = net_steps(snapshot.taxable_minor, snapshot.tax_minor, snapshot.round_off_minor)
    sums = [(label, money(minor), look.value) for label, minor, wanted in steps if wanted]
    return [*sums, ("Total credited", money(snapshot.total_minor), look.total)]
