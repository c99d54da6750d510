"""Invoices made void: only those that nothing was done with, and the number stays taken."""

import pytest

from bursar.rules.relief import ReliefRefused
from models.relieving import InvoiceNotOpen
from tasks.invoices import ReasonRefused, credit, void
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.tasks.relieving import issued, nothing_is_left
from tests.tasks.steps import broken, paid, payment_sums, tell


def test_an_invoice_that_nothing_was_done_with_is_void_and_keeps_its_number():
    invoice = issued()

    void(invoice, "asha", "twice by mistake")

    assert rows("SELECT status, number IS NOT NULL FROM invoices") == [("void", True)]
    assert nothing_is_left()
    assert rows("SELECT actor, detail ->> 'reason' FROM audit_log WHERE action = 'invoice.voided'") == [
        ("asha", "twice by mistake")
    ]
    with pytest.raises(InvoiceNotOpen):
        void(invoice, "asha", "again")
    assert broken() == []


def test_what_was_paid_in_part_is_not_void_but_credited():
    invoice = issued()
    tell(paid(1_00, invoice=invoice))

    with pytest.raises(ReliefRefused, match="credit note"):
        void(invoice, "asha", "a mistake")

    assert value("SELECT status FROM invoices") == "open"
    assert broken() == []


def test_a_draft_is_neither_void_nor_credited():
    draft = make_invoice(make_customer(), issued=False)

    with pytest.raises(InvoiceNotOpen):
        void(draft, "asha", "a mistake")
    with pytest.raises(InvoiceNotOpen):
        credit(draft, None, "asha", "a mistake")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_whoever_takes_back_says_why(reason):
    invoice = issued()

    with pytest.raises(ReasonRefused):
        void(invoice, "asha", reason)
    with pytest.raises(ReasonRefused):
        credit(invoice, None, "asha", reason)


def test_money_for_a_void_invoice_is_the_payers_credit():
    invoice = issued()
    void(invoice, "asha", "a mistake")

    tell(paid(500_00, payment="pi_1", invoice=invoice))

    assert payment_sums("pi_1") == ("succeeded", 500_00, 0, 0, 0)
    assert broken() == []
