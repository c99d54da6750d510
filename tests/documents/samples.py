"""One paper of every kind as a school or a seller of courses would send it; the gallery shows them."""

from datetime import date

from bursar.documents.billing import Instalment, TaxRow
from bursar.documents.invoice import InvoiceKind
from bursar.documents.paper import Labelled, Party, Stamp
from tests.documents.bills import (
    CUSTOMER,
    make_billed_line,
    make_credit_note,
    make_invoice,
    make_payment,
    make_statement,
)
from tests.documents.receipts import make_line, make_receipt

VERIFY_URL = "https://school.example/verify"
SEASIDE = Party(
    name="Seaside Coding School",
    address=("3 Harbour Road", "Chennai 600001, Tamil Nadu, India"),
    tax_ids=(Labelled(label="GSTIN", value="33AAGCS1234M1Z2"),),
    contacts=("fees@seaside.example", "+91 44 5550 0178"),
)
TERMS = (
    "Fees are due by the date above. After it the school may charge 1 % a month on what is open.",
    "A pupil who leaves before the term begins is refunded in full, within the first month by half.",
)


def _tuition():
    return make_invoice(
        verify_url=VERIFY_URL,
        legal=("Tuition, laboratory and transport are exempt under entry 66 of notification 12/2017-CT(R).",),
        terms=TERMS,
    )


def _course():
    """Taxed in another state: IGST, a discount, quantities, instalments, a theme with a logo."""
    lines = (
        make_billed_line(
            "Full-stack web development",
            100_000_00,
            18_000_00,
            description="Live evening course, 24 weeks",
            period="1 June – 15 November 2026",
            unit_minor=110_000_00,
            discount_minor=10_000_00,
            tax_label="IGST 18 %",
        ),
        make_billed_line(
            "Mentoring hours",
            12_000_00,
            2_160_00,
            quantity=8,
            unit="hrs",
            unit_minor=1_500_00,
            tax_label="IGST 18 %",
        ),
        make_billed_line(
            "Course books",
            3_333_33,
            166_67,
            code="490199",
            tax_label="IGST 5 %",
            quantity=3,
            unit_minor=1_111_11,
        ),
    )
    rows = (
        TaxRow(label="IGST 18 %", code="999293", taxable_minor=112_000_00, tax_minor=20_160_00),
        TaxRow(label="IGST 5 %", code="490199", taxable_minor=3_333_33, tax_minor=166_67),
    )
    parts = [("On enrolment", 6, 67_830_00), ("Second month", 7, 33_915_00), ("Third month", 8, 33_915_00)]
    return make_invoice(
        lines,
        kind=InvoiceKind.TAX_INVOICE,
        number="SEA/26-27/000917",
        seller=SEASIDE,
        theme="sea",
        tax_rows=rows,
        discount_minor=10_000_00,
        details=(
            Labelled(label="Place of supply", value="29 Karnataka"),
            Labelled(label="Reverse charge", value="No"),
            Labelled(label="Enrolment no.", value="WEB-2026-0311"),
        ),
        words="Rupees One Lakh Thirty-Five Thousand Six Hundred and Sixty Only",
        instalments=tuple(
            Instalment(label=label, due_on=date(2026, month, 5), amount_minor=minor)
            for label, month, minor in parts
        ),
        terms=(),
        verify_url=VERIFY_URL,
    )


def _paid():
    return make_invoice(
        [make_billed_line("Data engineering track", 499_00, code="", tax_label="", unit_minor=499_00)],
        kind=InvoiceKind.INVOICE,
        number="TRK-2026-0007",
        seller=Party(
            name="Lantern Learning Inc.", address=("500 Example Avenue", "Springfield, OR 97477, USA")
        ),
        customer=Party(name="Student 4", contacts=("student4@example.com",)),
        currency="USD",
        locale="en_US",
        copy_label="",
        details=(Labelled(label="Terms", value="Due on receipt"),),
        due_on=date(2026, 4, 3),
        paid_minor=499_00,
        payments=(make_payment(499_00, method="Visa •••• 4242, Stripe", reference="pi_SampleRef00001"),),
        stamps=(Stamp.PAID,),
        words="",
        pay=None,
        terms=(),
    )


def _notice():
    return make_invoice(
        [make_billed_line("Annual fee, class 8", 84_000_00, code="", tax_label="")],
        kind=InvoiceKind.FEE_NOTICE,
        number="FN/26-27/000108",
        copy_label="",
        details=(Labelled(label="Academic year", value="2026–27"),),
        stamps=(Stamp.TEST,),
        words="Rupees Eighty-Four Thousand Only",
        terms=TERMS[:1],
    )


def _scripts():
    """Names and labels in Devanagari, Arabic and Polish, markup, and a label of three hundred characters."""
    lines = (
        make_billed_line("शिक्षण शुल्क (प्रथम सत्र)", 45_000_00, description="कक्षा ७, विभाग ख"),
        make_billed_line("رسوم الدراسة (الفصل 1)", 12_000_00, description="دفعة 2026"),
        make_billed_line("Opłata za świetlicę, źródła i żywność", 4_000_00, description="Łódź"),
        make_billed_line("<para><b>Library</b> & <img src='http://example.invalid/x.png'/></para>", 500_00),
        make_billed_line("Laboratory deposit, refundable; " * 9 + "end of label", 1_234_56_789_00),
        make_billed_line("evil\u202etxt.exe \u2066fee\u2069 ✓ → 李", 100_00),
    )
    customer = Party(
        name="विद्यार्थी १ · الطالب 2",
        reference="Nr albumu Ł-2026/014",
        address=("ul. Źródlana 5, 90-001 Łódź", "शांति नगर, बेंगलुरु ५६००२७", "شارع الملك فيصل 12، الدوحة"),
    )
    return make_invoice(lines, number="INV/26-27/000077", customer=customer, words="", terms=TERMS)


def _long():
    lines = [
        make_billed_line(
            f"Hostel, mess and transport, pupil {n:03}",
            9_500_00 + n,
            1_710_00,
            description="Room shared by four, full board",
            tax_label="18 %",
        )
        for n in range(1, 231)
    ]
    rows = tuple(
        TaxRow(
            label=label,
            code="999293",
            taxable_minor=sum(line.taxable_minor for line in lines),
            tax_minor=half,
        )
        for label, half in (("CGST 9 %", 115 * 1_710_00), ("SGST 9 %", 115 * 1_710_00))
    )
    return make_invoice(
        lines, kind=InvoiceKind.TAX_INVOICE, number="INV/26-27/000204", tax_rows=rows, words="", terms=TERMS
    )


def _statement():
    movements = (61_360_00, -20_000_00, 4_500_00, -41_360_00)
    return make_statement(movements, opening_minor=3_200_00, terms=TERMS[:1], verify_url=VERIFY_URL)


def _receipt():
    lines = [
        make_line("Tuition", 45_000_00, paid_now_minor=25_000_00, paid_before_minor=10_000_00),
        make_line("Laboratory", 4_000_00),
        make_line("Transport", 10_000_00, paid_now_minor=0),
        make_line("Tuition, elder sister", 12_000_00, invoice="INV/26-27/000043"),
    ]
    return make_receipt(
        lines,
        credit_minor=500_00,
        words="Rupees Forty-One Thousand Five Hundred Only",
        seller_tax_ids=(Labelled(label="GSTIN", value="29AAGCG1234M1Z5"),),
        verify_url=VERIFY_URL,
    )


SAMPLES = {
    "invoice-cum-bill-of-supply": _tuition,
    "tax-invoice-own-theme": _course,
    "invoice-paid": _paid,
    "fee-notice-test": _notice,
    "invoice-scripts": _scripts,
    "invoice-long": _long,
    "credit-note": lambda: make_credit_note(customer=CUSTOMER, verify_url=VERIFY_URL),
    "statement": _statement,
    "receipt": _receipt,
}
