from datetime import UTC, date, datetime
from io import BytesIO

from pypdf import PdfReader

from bursar.documents.receipt import ReceiptLine, ReceiptSnapshot

INVOICE = "INV/26-27/000042"
SCHOOL_FEES = {
    "Tuition": 45_000_00,
    "Books": 6_000_00,
    "Laboratory": 4_000_00,
    "Transport": 4_000_00,
    "Examination": 2_000_00,
}


def make_line(
    component="Tuition", due_minor=45_000_00, paid_now_minor=None, paid_before_minor=0, invoice=INVOICE
):
    paid_now_minor = due_minor if paid_now_minor is None else paid_now_minor
    return ReceiptLine(
        invoice_number=invoice,
        component=component,
        due_minor=due_minor,
        paid_before_minor=paid_before_minor,
        paid_now_minor=paid_now_minor,
        balance_minor=due_minor - paid_before_minor - paid_now_minor,
    )


def make_receipt(lines=None, credit_minor=0, **changes):
    """A receipt whose numbers agree. By default a school's: five fees, ₹61,000.00, paid in full."""
    if lines is None:
        lines = [make_line(component, fee) for component, fee in SCHOOL_FEES.items()]
    values = {
        "number": "RCT/26-27/000042",
        "issued_on": date(2026, 8, 3),
        "seller_name": "Greenfield Public School",
        "seller_address": ("14 Lake Road", "Bengaluru 560038, India"),
        "customer_name": "Student 1",
        "customer_ref": "Roll no. 7B-014",
        "payment_ref": "pay_SampleRef00001",
        "gateway": "razorpay",
        "method": "upi",
        "paid_at": datetime(2026, 8, 3, 4, 45, tzinfo=UTC),
        "currency": "INR",
        "amount_minor": sum(line.paid_now_minor for line in lines) + credit_minor,
        "lines": tuple(lines),
        "credit_minor": credit_minor,
        "invoice_balance_minor": sum(line.balance_minor for line in lines),
        "locale": "en_IN",
        "test_mode": False,
    }
    return ReceiptSnapshot(**(values | changes))


def read(pdf):
    return PdfReader(BytesIO(pdf), strict=True)


def page_texts(pdf):
    return [page.extract_text() for page in read(pdf).pages]


def words(pdf):
    """All text without spaces: an extractor guesses spaces and line ends from distances."""
    return "".join("".join(page_texts(pdf)).split())
