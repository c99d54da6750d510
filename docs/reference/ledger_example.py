"""The story told in ledger.md: a term of ₹61,000, paid in two parts, partly refunded.

A test runs it on a real database and compares the tables of the page with what comes out.
"""

from bursar.rules.money import Money
from bursar.sandbox.samples import razorpay_event
from bursar.sandbox.school import SCHOOL_FEES
from tasks.events import apply_events
from tests.support.factories import make_customer, make_invoice, rows, store_event, value

FIRST_MINOR, SECOND_MINOR, REFUND_MINOR = 25_000_00, 36_000_00, 3_000_00
_ENTRIES = """
SELECT e.kind, l.account, coalesce(i.component, ''), coalesce(p.gateway_payment_id, ''), l.amount_minor
FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id
LEFT JOIN invoice_lines i ON i.id = l.invoice_line_id LEFT JOIN payments p ON p.id = l.payment_id
ORDER BY e.posted_at, e.id, i.position NULLS FIRST, l.n
"""


def tell() -> None:
    """Issue the invoice, then apply two payments and a refund."""
    customer = make_customer("Pupil 1")
    make_invoice(customer, SCHOOL_FEES)
    notes = {"invoice": value("SELECT number FROM invoices"), "student": customer.external_ref}
    for payment, amount_minor in (("pay_first", FIRST_MINOR), ("pay_second", SECOND_MINOR)):
        captured = {"payment": payment, "amount_minor": amount_minor, "metadata": notes}
        _apply(razorpay_event("payment.captured", **captured))
    refund = {"payment": "pay_second", "amount_minor": SECOND_MINOR, "refund_minor": REFUND_MINOR}
    _apply(razorpay_event("refund.processed", refund="rfnd_first", **refund))


def entry_rows() -> list[list[str]]:
    """Kind of entry, account, component, payment, debit, credit."""
    told: list[list[str]] = []
    last = ("", "")
    for kind, account, component, payment, minor in rows(_ENTRIES):
        entry = (str(kind), str(payment) if kind == "captured" else "")
        shown = f"`{kind}`" if entry != last else ""
        last = entry
        debit, credit = (_money(minor), "") if int(minor) > 0 else ("", _money(-minor))
        told.append([shown, str(account), str(component), str(payment), debit, credit])
    return told


def line_rows() -> list[list[str]]:
    """Component, charged, paid, refunded, open."""
    found = rows(
        "SELECT component, gross_minor, allocated_minor, refunded_minor FROM invoice_lines ORDER BY position"
    )
    return [
        [str(name), _money(gross), _money(paid), _money(refunded), _money(gross - paid - refunded)]
        for name, gross, paid, refunded in found
    ]


def balance_rows() -> list[list[str]]:
    """Account, balance: debit positive."""
    found = rows("SELECT account, sum(amount_minor)::bigint FROM ledger_lines GROUP BY 1 ORDER BY 1")
    return [[str(account), _money(minor)] for account, minor in found]


def _apply(body: bytes) -> None:
    store_event(body, gateway="razorpay")
    apply_events()


def _money(minor: int) -> str:
    return Money(amount_minor=minor, currency="INR").decimal_text()
