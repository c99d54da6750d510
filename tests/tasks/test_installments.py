"""An invoice paid in parts: money pays the first parts first, and only what is left of a part is overdue."""

from datetime import date

import pytest

from bursar.rules.installments import Every, PlanRefused, due_dates, equal_parts
from models.queries import installments
from models.session import transaction
from tasks.installments import agree, look
from tests.support.factories import execute, make_customer, make_invoice, rows, tamper, value
from tests.tasks.steps import broken, paid, refunded, tell

FIRST = date(2026, 12, 5)
AFTER = date(2027, 1, 6)


def three(total_minor):
    return equal_parts(total_minor, due_dates(FIRST, Every.MONTH, 3))


@pytest.fixture
def invoice(database_url):
    return str(make_invoice(make_customer(), [600_00, 400_00]))


def late(today=AFTER):
    with transaction() as session:
        return [(row.seq, row.open_minor) for row in installments.overdue(session, today, 10)]


def test_an_invoice_is_split_once_and_who_did_it_is_kept(invoice):
    for _ in range(2):
        agreed = agree(invoice, three, "desk")

    assert [each.installment.amount_minor for each in agreed.parts] == [333_34, 333_33, 333_33]
    assert value("SELECT count(*) FROM installments") == 3
    assert rows("SELECT actor, action, detail FROM audit_log WHERE action = 'invoice.split'") == [
        ("desk", "invoice.split", {"parts": "3", "before": "0"})
    ]


def test_a_payment_pays_the_first_parts_first(invoice):
    agree(invoice, three, "desk")

    tell(paid(400_00, payment="pi_1", invoice=invoice))

    agreed = look(invoice)
    assert [each.open_minor for each in agreed.parts] == [0, 266_67, 333_33]
    assert agreed.due_minor(FIRST) == 266_67
    assert late() == [(2, 266_67)]
    assert broken() == []


def test_money_that_goes_back_and_is_owed_no_more_makes_no_part_overdue(invoice):
    agree(invoice, three, "desk")
    tell(paid(1000_00, payment="pi_1", invoice=invoice))

    tell(refunded("pi_1", 1000_00))

    assert late() == []


def test_nothing_is_overdue_before_its_day_or_of_an_invoice_that_is_not_open(invoice):
    agree(invoice, three, "desk")

    assert late(FIRST) == []
    assert late(date(2026, 12, 6)) == [(1, 333_34)]
    tamper("UPDATE invoices SET status = 'uncollectible'")
    assert late() == []


def test_other_parts_may_be_agreed_on_later(invoice):
    agree(invoice, three, "desk")

    agreed = agree(invoice, lambda total: equal_parts(total, due_dates(FIRST, Every.WEEK, 2)), "desk")

    assert [each.installment.amount_minor for each in agreed.parts] == [500_00, 500_00]
    assert value("SELECT count(*) FROM audit_log WHERE action = 'invoice.split'") == 2


def test_an_invoice_without_parts_is_due_as_a_whole(invoice):
    agreed = look(invoice)

    assert agreed.parts == []
    assert agreed.due_minor(FIRST) == 1000_00


@pytest.mark.parametrize("status", ["void", "uncollectible"])
def test_what_nobody_has_to_pay_has_no_parts(invoice, status):
    tamper("UPDATE invoices SET status = %s", status)

    with pytest.raises(PlanRefused, match=f"is {status}: only one that is draft or open"):
        agree(invoice, three, "desk")
    execute("SELECT 1")
