"""From a bill to the words and numbers of its paper: every sum is taken over, none is made here."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, urlencode

from bursar.documents.billing import BilledLine, TaxRow, WaysToPay
from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.documents.invoice import InvoiceKind, InvoiceSnapshot
from bursar.documents.paper import Labelled, Party, Stamp
from bursar.rules.amount_words import amount_words, scale_of
from bursar.rules.billing import Bill, Buyer
from bursar.rules.money import Money
from bursar.rules.sellers import Seller
from bursar.rules.tax import HALVED, INDIA, SummaryRow, TaxedLine, TaxKind, sentences, summary

UPI_CURRENCY = "INR"
_UNION_AND_STATE = {TaxKind.CGST_SGST: ("CGST", "SGST"), TaxKind.CGST_UTGST: ("CGST", "UTGST")}
_LABELS = {
    TaxKind.TOLD: "Tax",
    TaxKind.EXEMPT: "Exempt",
    TaxKind.IGST: "IGST",
    TaxKind.VAT: "VAT",
    TaxKind.ZERO: "Zero-rated",
    TaxKind.REVERSE_CHARGE: "Reverse charge",
}
_WITH_RATE = frozenset({TaxKind.IGST, TaxKind.VAT})


class CreditedLine(NamedTuple):
    """One line of a credit note: what it was billed as, and what of it is taken back, in minor units."""

    component: str
    description: str | None
    line: TaxedLine


def invoice_snapshot(
    bill: Bill, seller: Seller, number: str, issued_on: date, *, test_mode: bool
) -> InvoiceSnapshot:
    """An invoice as it stands on the day of its issue: nothing of it is paid yet."""
    draft, buyer = bill.draft, bill.draft.buyer
    taxable_minor = sum(line.net_minor for line in bill.lines)
    return InvoiceSnapshot(
        number=number,
        issued_on=issued_on,
        seller=seller_party(seller),
        customer=_customer(buyer),
        currency=draft.currency,
        locale=buyer.locale,
        stamps=(Stamp.TEST,) if test_mode else (),
        theme=seller.theme,
        kind=InvoiceKind(bill.kind.value),
        due_on=draft.due_on,
        copy_label="Original for recipient" if seller.gst else "",
        details=tuple(_details(bill, seller)),
        lines=tuple(
            BilledLine(
                component=told.fee.component,
                description=told.fee.description or "",
                code=line.treatment.code or "",
                quantity=told.fee.quantity,
                unit_minor=told.fee.unit_minor,
                discount_minor=told.fee.discount_minor,
                taxable_minor=line.net_minor,
                tax_label=_line_label(line),
                tax_minor=line.tax_minor,
                total_minor=line.net_minor + line.tax_minor,
            )
            for told, line in zip(draft.lines, bill.lines, strict=True)
        ),
        tax_rows=tax_rows(bill.lines),
        discount_minor=sum(line.fee.discount_minor for line in draft.lines),
        taxable_minor=taxable_minor,
        tax_minor=bill.tax_minor,
        round_off_minor=bill.round_off_minor,
        total_minor=bill.total_minor,
        balance_minor=bill.total_minor,
        words=amount_words(bill.total_minor, draft.currency, scale_of(buyer.locale)),
        pay=_ways_to_pay(bill, seller, number),
        legal=tuple(sentences(bill.lines)),
        terms=(seller.terms,) if seller.terms else (),
    )


def credit_note_snapshot(
    invoice: InvoiceSnapshot,
    seller: Seller,
    number: str,
    issued_on: date,
    reason: str,
    lines: Sequence[CreditedLine],
) -> CreditNoteSnapshot:
    """A credit note to the same reader as its invoice, in the seller's words of today."""
    taxed = [each.line for each in lines]
    total_minor = sum(line.gross_minor for line in taxed)
    return CreditNoteSnapshot(
        number=number,
        issued_on=issued_on,
        seller=seller_party(seller),
        customer=invoice.customer,
        currency=invoice.currency,
        locale=invoice.locale,
        stamps=tuple(each for each in invoice.stamps if each is Stamp.TEST),
        theme=seller.theme,
        invoice_number=invoice.number,
        invoice_issued_on=invoice.issued_on,
        reason=reason,
        copy_label=invoice.copy_label,
        details=invoice.details,
        lines=tuple(_credited(each) for each in lines),
        tax_rows=tax_rows(taxed),
        taxable_minor=sum(line.net_minor for line in taxed),
        tax_minor=sum(line.tax_minor for line in taxed),
        round_off_minor=sum(line.rounding_minor for line in taxed),
        total_minor=total_minor,
        words=amount_words(total_minor, invoice.currency, scale_of(invoice.locale)),
        legal=tuple(sentences(taxed)),
    )


def tax_rows(lines: Iterable[TaxedLine]) -> tuple[TaxRow, ...]:
    """The tax summary; halves stand apart, as the two authorities that get them do."""
    return tuple(row for each in summary(lines) for row in _tax_rows(each))


def tax_ids(seller: Seller) -> tuple[Labelled, ...]:
    """The seller's tax ids as papers name them."""
    if seller.tax_id is None:
        return ()
    return (Labelled(label="GSTIN" if seller.gst else "VAT", value=seller.tax_id),)


def rate_text(rate_bp: int) -> str:
    """1800 is '18 %', 550 is '5.5 %', 450 is '4.5 %'."""
    return f"{rate_bp / 100:g} %"


def upi_payload(seller: Seller, number: str, amount_minor: int) -> str:
    """The text of a UPI code for this much, in paise (NPCI, UPI linking specification 1.6)."""
    fields = {
        "pa": seller.upi_id or "",
        "pn": seller.name,
        "am": Money(amount_minor=amount_minor, currency=UPI_CURRENCY).decimal_text(),
        "tr": number,
        "cu": UPI_CURRENCY,
    }
    return "upi://pay?" + urlencode(fields, quote_via=quote, safe="@")


def seller_party(seller: Seller) -> Party:
    """The seller as papers name it."""
    return Party(name=seller.name, address=seller.address, tax_ids=tax_ids(seller))


def _customer(buyer: Buyer) -> Party:
    label = "GSTIN" if buyer.place.country == INDIA else "VAT"
    ids = (Labelled(label=label, value=buyer.tax_id),) if buyer.tax_id else ()
    return Party(name=buyer.name, reference=buyer.reference, address=buyer.address, tax_ids=ids)


def _details(bill: Bill, seller: Seller) -> Iterable[Labelled]:
    if bill.place_of_supply:
        yield Labelled(label="Place of supply", value=bill.place_of_supply)
    if seller.gst:  # CGST Rules 2017, rule 46 (p)
        reversed_here = any(line.treatment.kind is TaxKind.REVERSE_CHARGE for line in bill.lines)
        yield Labelled(label="Tax payable on reverse charge", value="Yes" if reversed_here else "No")
    yield Labelled(label="Reference", value=bill.draft.reference)
    if bill.draft.period_start:
        yield Labelled(label="Period", value=f"{bill.draft.period_start:%B %Y}")


def _line_label(line: TaxedLine) -> str:
    kind = line.treatment.kind
    if kind in HALVED or kind in _WITH_RATE:
        return rate_text(line.treatment.rate_bp)
    return _LABELS[kind] if kind in (TaxKind.EXEMPT, TaxKind.ZERO, TaxKind.REVERSE_CHARGE) else ""


def _tax_rows(row: SummaryRow) -> Iterable[TaxRow]:
    code = row.code or ""
    if row.kind in _UNION_AND_STATE:
        half = f"{row.rate_bp / 200:g} %"
        for name in _UNION_AND_STATE[row.kind]:
            yield TaxRow(
                label=f"{name} {half}",
                code=code,
                taxable_minor=row.taxable_minor,
                tax_minor=row.tax_minor // 2,
            )
    elif row.kind in _WITH_RATE:
        label = f"{_LABELS[row.kind]} {rate_text(row.rate_bp)}"
        yield TaxRow(label=label, code=code, taxable_minor=row.taxable_minor, tax_minor=row.tax_minor)
    elif row.kind is not TaxKind.NONE and (row.tax_minor or row.kind is not TaxKind.TOLD):
        yield TaxRow(
            label=_LABELS[row.kind], code=code, taxable_minor=row.taxable_minor, tax_minor=row.tax_minor
        )


def _credited(each: CreditedLine) -> BilledLine:
    line = each.line
    return BilledLine(
        component=each.component,
        description=each.description or "",
        code=line.treatment.code or "",
        unit_minor=line.net_minor,
        taxable_minor=line.net_minor,
        tax_label=_line_label(line),
        tax_minor=line.tax_minor,
        total_minor=line.net_minor + line.tax_minor,
    )


def _ways_to_pay(bill: Bill, seller: Seller, number: str) -> WaysToPay | None:
    bank = tuple(
        Labelled(label=name.strip(), value=value.strip()) for name, _, value in map(_halved, seller.bank)
    )
    upi = seller.upi_id and bill.draft.currency == UPI_CURRENCY
    if not bank and not upi:
        return None
    qr = upi_payload(seller, number, bill.total_minor) if upi else ""
    return WaysToPay(qr=qr, qr_label="Scan to pay by UPI" if upi else "", bank=bank)


def _halved(line: str) -> tuple[str, str, str]:
    """`IFSC: ABCD0123456` as its label and its value; a line without a colon has no label."""
    return line.partition(":") if ":" in line else ("", "", line)
