"""What tests of taking back share: an invoice with tax, the papers, and nothing left in the books."""

from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.rules.invoicing import Fee
from tests.support.factories import make_customer, make_invoice, rows

TAXED = Fee(component="tuition", unit_minor=1000_00, tax_minor=180_00)
BOOKS = Fee(component="books", unit_minor=100_00)


def issued(*fees):
    customer = make_customer()
    return make_invoice(customer, list(fees or (TAXED, BOOKS)))


def papers() -> list[CreditNoteSnapshot]:
    found = rows("SELECT snapshot FROM credit_notes WHERE number IS NOT NULL ORDER BY seq")
    return [CreditNoteSnapshot.from_json(snapshot) for (snapshot,) in found]


def nothing_is_left() -> bool:
    """Every account is as it was before the invoice."""
    return not rows("SELECT account FROM ledger_lines GROUP BY 1 HAVING sum(amount_minor) <> 0")
