"""From bills to papers: what the law asks for stands there, and nothing on the paper is computed twice."""

from datetime import date

import pytest

from bursar.documents.freezing import (
    CreditedLine,
    credit_note_snapshot,
    invoice_snapshot,
    rate_text,
    tax_rows,
    upi_payload,
)
from bursar.documents.invoice import InvoiceKind as PaperKind
from bursar.documents.paper import Stamp
from bursar.documents.render import read_snapshot, render
from bursar.ids import new_id
from bursar.rules.billing import Buyer, Draft, DraftLine, bill
from bursar.rules.invoicing import Fee
from bursar.rules.sellers import Seller
from bursar.rules.tax import (
    Abroad,
    InvoiceKind,
    Place,
    TaxedLine,
    TaxKind,
    TaxProfile,
    TaxSystem,
    Treatment,
)

DAY = date(2026, 11, 21)
SCHOOL = Seller(
    name="Greenfield Public School",
    address=("12 Lake Road", "Mumbai 400001"),
    place=Place("IN", "27"),
    tax_id="27AAPFU0939F1ZV",
    bank=("Account: 000123456789", "Any branch"),
    terms="Payable within 30 days.",
    upi_id="greenfield@okbank",
    to_whole=True,
    profiles={
        "default": TaxProfile(system=TaxSystem.GST, rate_bp=1800, code="999293"),
        "Tuition": TaxProfile(system=TaxSystem.EXEMPT, words="Exempt: Notification 12/2017, entry 66."),
    },
)
SCHULE = Seller(
    name="Schule",
    place=Place("DE"),
    tax_id="DE136695976",
    profiles={
        "default": TaxProfile(system=TaxSystem.VAT, rate_bp=1900, abroad=Abroad.REVERSE_CHARGE),
        "Buch": TaxProfile(system=TaxSystem.VAT, rate_bp=550),
    },
)


def make_bill(seller, *fees, currency="INR", place=None, tax_id=None, locale="en_IN"):
    buyer = Buyer(new_id(), "Pupil 7", "pupil-7", place or Place("IN", "27"), ("Lane 1",), tax_id, locale)
    lines = tuple(DraftLine(new_id(), n, fee) for n, fee in enumerate(fees, start=1))
    return bill(Draft(new_id(), buyer, currency, DAY, "term-1", lines, date(2026, 11, 1)), seller)


def freeze(seller, *fees, test_mode=False, **more):
    return invoice_snapshot(
        make_bill(seller, *fees, **more), seller, "INV/26-27/000001", DAY, test_mode=test_mode
    )


def test_an_indian_tax_invoice_says_what_rule_46_asks_for():
    paper = freeze(SCHOOL, Fee(component="Kit", unit_minor=1000_03, quantity=2, discount_minor=6))

    assert paper.kind is PaperKind.TAX_INVOICE
    assert [(each.label, each.value) for each in paper.seller.tax_ids] == [("GSTIN", "27AAPFU0939F1ZV")]
    assert [(each.label, each.value) for each in paper.details] == [
        ("Place of supply", "Maharashtra (27)"),
        ("Tax payable on reverse charge", "No"),
        ("Reference", "term-1"),
        ("Period", "November 2026"),
    ]
    [line] = paper.lines
    assert (line.code, line.quantity, line.taxable_minor, line.tax_label) == ("999293", 2, 2000_00, "18 %")
    assert [(row.label, row.tax_minor) for row in paper.tax_rows] == [
        ("CGST 9 %", 180_00),
        ("SGST 9 %", 180_00),
    ]
    assert (paper.total_minor, paper.words) == (2360_00, "Rupees Two Thousand Three Hundred Sixty Only")
    assert paper.pay.qr == (
        "upi://pay?pa=greenfield@okbank&pn=Greenfield%20Public%20School&am=2360.00&tr=INV%2F26-27%2F000001&cu=INR"
    )
    assert [(each.label, each.value) for each in paper.pay.bank] == [
        ("Account", "000123456789"),
        ("", "Any branch"),
    ]


def test_exempt_fees_are_named_so_with_the_law_and_a_round_off_is_explicit():
    paper = freeze(
        SCHOOL,
        Fee(component="Tuition", unit_minor=100_20),
        Fee(component="Kit", unit_minor=1_00),
        place=Place("IN", "29"),
        test_mode=True,
    )

    assert paper.kind is PaperKind.INVOICE_CUM_BILL_OF_SUPPLY
    assert paper.legal == ("Exempt: Notification 12/2017, entry 66.",)
    assert [(row.label, row.tax_minor) for row in paper.tax_rows] == [("IGST 18 %", 18), ("Exempt", 0)]
    assert (paper.round_off_minor, paper.total_minor) == (-38, 101_00)
    assert paper.stamps == (Stamp.TEST,)


def test_a_reverse_charge_is_printed_in_words():
    paper = freeze(
        SCHULE,
        Fee(component="Kurs", unit_minor=100_00),
        currency="EUR",
        place=Place("FR"),
        tax_id="FR1",
        locale="en_GB",
    )

    assert paper.legal == ("Reverse charge: the recipient is liable for the tax.",)
    assert [(row.label, row.tax_minor) for row in paper.tax_rows] == [("Reverse charge", 0)]
    assert paper.customer.tax_ids[0].label == "VAT"
    assert paper.pay is None
    assert paper.copy_label == ""


def test_rates_of_europe_are_printed_as_they_are_said():
    paper = freeze(SCHULE, Fee(component="Buch", unit_minor=100_00), currency="EUR", place=Place("DE"))

    assert [(row.label, row.tax_minor) for row in paper.tax_rows] == [("VAT 5.5 %", 5_50)]
    assert [rate_text(each) for each in (1800, 25, 0)] == ["18 %", "0.25 %", "0 %"]


def test_a_tax_that_was_told_is_a_row_of_its_own_and_none_is_no_row():
    plain = Seller(name="School")

    [row] = freeze(plain, Fee(component="x", unit_minor=100, tax_minor=7)).tax_rows
    assert (row.label, row.tax_minor) == ("Tax", 7)
    assert freeze(plain, Fee(component="x", unit_minor=100)).tax_rows == ()
    none = [TaxedLine(100, 0, 0, Treatment(TaxKind.NONE))]
    assert tax_rows(none) == ()


def test_an_odd_rate_is_halved_to_the_hundredth():
    rows = tax_rows([TaxedLine(100_00, 26, 0, Treatment(TaxKind.CGST_UTGST, 25))])

    assert [(row.label, row.tax_minor) for row in rows] == [("CGST 0.125 %", 13), ("UTGST 0.125 %", 13)]


def test_a_credit_note_names_its_invoice_its_reason_and_its_parts():
    invoice = freeze(SCHOOL, Fee(component="Kit", unit_minor=10_03), test_mode=True)
    back = CreditedLine("Kit", None, TaxedLine(5_01, 90, 8, Treatment(TaxKind.CGST_SGST, 1800, "999293")))

    note = credit_note_snapshot(invoice, SCHOOL, "CN/26-27/000001", DAY, "books returned", [back])

    assert (note.invoice_number, note.reason) == ("INV/26-27/000001", "books returned")
    assert (note.taxable_minor, note.tax_minor, note.round_off_minor, note.total_minor) == (5_01, 90, 8, 5_99)
    assert note.customer == invoice.customer
    assert note.stamps == (Stamp.TEST,)


@pytest.mark.parametrize("seller", [SCHOOL, SCHULE], ids=["India", "Germany"])
def test_what_is_frozen_can_be_drawn(seller):
    paper = freeze(seller, Fee(component="Tuition", unit_minor=100_00, description="Term 1"))

    assert render(read_snapshot(paper.to_json())).pages == 1


def test_a_code_to_pay_with_says_the_amount_with_its_decimals():
    assert "am=1.05&" in upi_payload(SCHOOL, "INV/1", 1_05)


def test_every_kind_of_invoice_has_a_name_on_paper():
    assert {each.value for each in InvoiceKind} <= {each.value for each in PaperKind}
