"""Bills whose numbers agree, made from fees; they name only what matters to a test."""

from datetime import date

from bursar.documents.billing import BilledLine, PaymentMade, TaxRow, WaysToPay
from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.documents.invoice import InvoiceKind, InvoiceSnapshot
from bursar.documents.paper import Labelled, Party
from bursar.documents.statement import AgeBand, StatementLine, StatementSnapshot

SELLER = Party(
    name="Greenfield Public School",
    address=("14 Lake Road", "Bengaluru 560038, Karnataka, India"),
    tax_ids=(Labelled(label="GSTIN", value="29AAGCG1234M1Z5"),),
    contacts=("accounts@greenfield.example", "+91 80 5550 0142"),
)
CUSTOMER = Party(
    name="Student 1",
    reference="Roll no. 7B-014",
    address=("22 Temple Street", "Mysuru 570001, Karnataka, India"),
)
PAY = WaysToPay(
    url="https://pay.example.com/i/7Yk2",
    qr="upi://pay?pa=greenfield@examplebank&pn=Greenfield&am=61360.00&tr=INV-42&cu=INR",
    qr_label="Scan with any UPI app",
    bank=(
        Labelled(label="Bank", value="Example Bank, Indiranagar"),
        Labelled(label="Account number", value="0142 0034 5567"),
        Labelled(label="IFSC", value="EXMP0000142"),
    ),
)


def make_billed_line(component="Tuition", taxable_minor=45_000_00, tax_minor=0, **changes):
    values = {
        "component": component,
        "code": "999293",
        "unit_minor": taxable_minor,
        "taxable_minor": taxable_minor,
        "tax_label": "18 %" if tax_minor else "exempt",
        "tax_minor": tax_minor,
        "total_minor": taxable_minor + tax_minor,
    }
    return BilledLine(**(values | changes))


def school_lines():
    """A term's fees: tuition is exempt, the kit is taxed."""
    return (
        make_billed_line("Tuition", 45_000_00, description="Class 7, section B", period="Term 1, 2026–27"),
        make_billed_line("Laboratory", 4_000_00, period="Term 1, 2026–27"),
        make_billed_line("Transport", 10_000_00, description="Route 4, Lake Road stop"),
        make_billed_line("Robotics kit", 2_000_00, 360_00, code="950300", unit="set"),
    )


def tax_rows(lines):
    taxable_minor = sum(line.taxable_minor for line in lines if line.tax_minor)
    tax_minor = sum(line.tax_minor for line in lines)
    if not tax_minor:
        return ()
    half_minor = tax_minor // 2
    return (
        TaxRow(
            label="CGST 9 %", code="950300", taxable_minor=taxable_minor, tax_minor=tax_minor - half_minor
        ),
        TaxRow(label="SGST 9 %", code="950300", taxable_minor=taxable_minor, tax_minor=half_minor),
    )


def _sums(lines, round_off_minor):
    taxable_minor = sum(line.taxable_minor for line in lines)
    tax_minor = sum(line.tax_minor for line in lines)
    return {
        "lines": tuple(lines),
        "tax_rows": tax_rows(lines),
        "taxable_minor": taxable_minor,
        "tax_minor": tax_minor,
        "round_off_minor": round_off_minor,
        "total_minor": taxable_minor + tax_minor + round_off_minor,
    }


_HEAD = {"seller": SELLER, "customer": CUSTOMER, "currency": "INR", "locale": "en_IN"}


def make_invoice(lines=None, round_off_minor=0, paid_minor=0, credited_minor=0, **changes):
    """An invoice whose numbers agree. By default a school's: four fees, one of them taxed."""
    sums = _sums(school_lines() if lines is None else lines, round_off_minor)
    values = {
        "number": "INV/26-27/000042",
        "issued_on": date(2026, 4, 3),
        "due_on": date(2026, 4, 18),
        "kind": InvoiceKind.INVOICE_CUM_BILL_OF_SUPPLY,
        "copy_label": "Original for recipient",
        "details": (
            Labelled(label="Place of supply", value="29 Karnataka"),
            Labelled(label="Reverse charge", value="No"),
        ),
        "paid_minor": paid_minor,
        "credited_minor": credited_minor,
        "balance_minor": sums["total_minor"] - paid_minor - credited_minor,
        "words": "Rupees Sixty-One Thousand Three Hundred and Sixty Only",
        "pay": PAY,
        "terms": ("Fees once paid are refunded as the school's rules say.",),
    }
    return InvoiceSnapshot(**(_HEAD | values | sums | changes))


def make_payment(amount_minor=10_000_00, **changes):
    values = {
        "paid_on": date(2026, 4, 10),
        "method": "UPI through Razorpay",
        "reference": "pay_SampleRef00001",
        "amount_minor": amount_minor,
    }
    return PaymentMade(**(values | changes))


def make_credit_note(lines=None, round_off_minor=0, **changes):
    lines = [make_billed_line("Robotics kit", 2_000_00, 360_00)] if lines is None else lines
    values = {
        "number": "CRN/26-27/000007",
        "issued_on": date(2026, 5, 12),
        "invoice_number": "INV/26-27/000042",
        "invoice_issued_on": date(2026, 4, 3),
        "reason": "Robotics kit returned unopened",
        "words": "Rupees Two Thousand Three Hundred and Sixty Only",
        "settled": (Labelled(label="Refunded to UPI", value="rfnd_SampleRef00009"),),
    }
    return CreditNoteSnapshot(**(_HEAD | values | _sums(lines, round_off_minor) | changes))


def make_statement_lines(movements, opening_minor=0):
    """Lines with their running balance, of charges (above zero) and payments (below)."""
    lines, balance_minor = [], opening_minor
    for n, amount_minor in enumerate(movements, start=1):
        balance_minor += amount_minor
        charged = amount_minor > 0
        lines.append(
            StatementLine(
                on=date(2026, 4, 1 + n % 28),
                document=f"INV/26-27/{n:06}" if charged else f"RCT/26-27/{n:06}",
                description="Term fees" if charged else "Payment, UPI",
                charged_minor=max(amount_minor, 0),
                credited_minor=max(-amount_minor, 0),
                balance_minor=balance_minor,
            )
        )
    return tuple(lines)


def make_statement(movements=(61_360_00, -20_000_00, 4_500_00, -41_360_00), opening_minor=0, **changes):
    closing_minor = opening_minor + sum(movements)
    values = {
        "number": "STU-0001 April 2026",
        "issued_on": date(2026, 5, 1),
        "first_day": date(2026, 4, 1),
        "last_day": date(2026, 4, 30),
        "opening_minor": opening_minor,
        "lines": make_statement_lines(movements, opening_minor),
        "charged_minor": sum(each for each in movements if each > 0),
        "credited_minor": -sum(each for each in movements if each < 0),
        "closing_minor": closing_minor,
        "ages": (
            AgeBand(label="Not yet due", amount_minor=closing_minor),
            AgeBand(label="1–30 days overdue", amount_minor=0),
            AgeBand(label="31–60 days overdue", amount_minor=0),
            AgeBand(label="Over 60 days overdue", amount_minor=0),
        ),
        "pay": PAY,
    }
    return StatementSnapshot(**(_HEAD | values | changes))
