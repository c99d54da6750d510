"""Credit finds what is open, also when nothing else happens."""

import pytest

from tasks.payments import allocate_payments
from tests.support.factories import make_customer, make_invoice, make_track, rows, tamper, value
from tests.tasks.steps import broken, invoice_sums, paid, payment_sums, tell, twice


def unsettled():
    """A customer with credit beside an open invoice: what no decision of ours leaves behind."""
    customer, other = make_customer(), make_customer()
    small = make_invoice(customer, [100_00])
    tell(paid(1000_00, payment=f"pi_{customer.external_ref}", invoice=small))
    invoice = make_invoice(other, [300_00], track=make_track(currency="INR"))
    for table in ("invoices", "ledger_lines", "enrollments"):
        tamper(f"UPDATE {table} SET customer_id = %s WHERE customer_id = %s", customer.id, other.id)
    return customer, invoice


def test_credit_pays_an_open_invoice_and_its_right_follows():
    customer, invoice = unsettled()
    assert broken() == ["L1"]

    twice(allocate_payments)

    assert invoice_sums(invoice) == (300_00, 0)
    assert payment_sums(f"pi_{customer.external_ref}")[1] == 600_00
    assert value("SELECT desired FROM enrollments") == "active"
    assert broken() == []


@pytest.mark.parametrize("named", [True, False])
def test_only_the_customers_named_are_settled_or_everybody(named):
    customer, invoice = unsettled()
    _, other = unsettled()

    allocate_payments(ids=[customer.id] if named else [])

    assert invoice_sums(invoice) == (300_00, 0)
    assert invoice_sums(other) == ((0, 0) if named else (300_00, 0))


def test_nothing_to_settle_is_nothing_to_do():
    customer = make_customer()
    tell(paid(invoice=make_invoice(customer, [100_00])))

    twice(allocate_payments)

    assert rows("SELECT kind FROM ledger_entries WHERE kind = 'moved'") == []
