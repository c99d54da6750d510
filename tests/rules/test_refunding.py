"""Refunds take money from where it lies, cancel what it had paid, and give it back when they fail."""

import pytest

from bursar.errors import Broken
from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.facts import Claims
from bursar.rules.states import RefundStatus
from tests.rules.make import (
    ACCOUNT,
    checkout,
    line_id,
    make_invoice,
    make_line,
    paid,
    refunded,
)
from tests.rules.world import make_world, tell

OF_ASHA = Claims(customer="asha")
FAILED, PENDING, CANCELED = RefundStatus.FAILED, RefundStatus.PENDING, RefundStatus.CANCELED


def paid_world(*fees, amount_minor=None):
    """Asha owes one invoice of some fees and has paid it, or another amount, by pi_1."""
    invoice = make_invoice(1, fees)
    world = make_world(invoice)
    return tell(world, paid(amount_minor or invoice.total_minor, claims=OF_ASHA))


def test_a_refund_takes_the_line_that_was_paid_last_and_nobody_owes_it_again():
    world = paid_world(60, 40)

    tell(world, refunded(50))

    assert world.allocations("pi_1") == {
        line_id(1, 1): Share(allocated_minor=50, cancelled_minor=10),
        line_id(1, 2): Share(cancelled_minor=40),
    }
    assert world.balance(f"gateway:{ACCOUNT}") == 50
    assert world.balance("receivable") == 0


def test_a_refund_leaves_the_invoice_that_its_payment_named_for_last():
    world = make_world(make_invoice(1, [50]), make_invoice(2, [50]))

    tell(world, paid(80, claims=Claims(invoice="INV-2")))
    tell(world, refunded(40))

    assert world.allocations("pi_1") == {
        line_id(1): Share(cancelled_minor=30),
        line_id(2): Share(allocated_minor=40, cancelled_minor=10),
    }


def test_a_refund_takes_credit_first():
    world = paid_world(60, amount_minor=100)

    tell(world, refunded(50))

    assert world.payment("pi_1").credit_minor == 0
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=50, cancelled_minor=10)}


def test_a_refund_takes_back_income_and_its_tax():
    world = paid_world(make_line(1, 118, tax_minor=18))

    tell(world, refunded(59, "re_1"))
    tax_minor, income_minor = world.balance("tax_payable"), world.balance("revenue:tuition")
    tell(world, refunded(59, "re_2"))

    assert (tax_minor, income_minor) == (-9, -50)
    assert (world.balance("tax_payable"), world.balance("revenue:tuition")) == (0, 0)


def test_odd_pennies_of_tax_come_back_with_the_last_part():
    world = paid_world(make_line(1, 7, tax_minor=1))

    taxes = []
    for n in range(7):
        tell(world, refunded(1, f"re_{n}"))
        taxes.append(world.balance("tax_payable"))

    assert taxes == [-1, -1, -1, -1, -1, -1, 0]


def test_a_refund_of_money_of_nobody_takes_it_from_there_and_mails_no_one():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(30))

    assert world.payment("pi_1").unidentified_minor == 70
    assert world.mails == set()


def test_more_than_was_captured_is_kept_in_suspense_and_put_before_a_person():
    world = paid_world(100)

    tell(world, refunded(130))

    assert world.payment("pi_1").suspense_minor == 30
    assert world.balance("suspense") == 30
    assert world.open_breaks() == {BreakKind.REFUND_EXCEEDS_PAYMENT}


def test_a_refund_that_fails_after_it_succeeded_gives_the_money_back_to_its_line():
    world = paid_world(make_line(1, 100, tax_minor=15))
    before = (world.allocations("pi_1"), world.balance("tax_payable"), world.balance("revenue:tuition"))

    tell(world, refunded(40))
    tell(world, refunded(40, status=FAILED))

    after = (world.allocations("pi_1"), world.balance("tax_payable"), world.balance("revenue:tuition"))
    assert after == before
    assert world.payment("pi_1").refunded_minor == 0
    assert world.refund("re_1").applied_seq is None


def test_a_refund_that_fails_after_it_succeeded_gives_money_of_nobody_back_to_nobody():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(40))
    tell(world, refunded(40, status=FAILED))

    assert world.payment("pi_1").unidentified_minor == 100


def test_a_refund_that_fails_lets_another_one_have_what_was_beyond_the_capture():
    world = paid_world(100)

    tell(world, refunded(100, "re_1"), refunded(50, "re_2"))
    tell(world, refunded(100, "re_1", status=FAILED))

    assert world.payment("pi_1").suspense_minor == 0
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=50, cancelled_minor=50)}


def test_success_told_after_the_failure_of_a_refund_is_stale():
    world = paid_world(100)

    tell(world, refunded(40, status=FAILED))
    tell(world, refunded(40))

    assert world.refund("re_1").status is FAILED
    assert world.balance(f"gateway:{ACCOUNT}") == 100
    assert world.audits[-2:] == ["refund.failed", "refund.stale"]


def test_a_refund_told_twice_is_taken_once_and_is_no_news():
    world = paid_world(100)

    tell(world, refunded(40), refunded(40))
    tell(world, refunded(40))

    assert world.balance(f"gateway:{ACCOUNT}") == 60
    assert world.audits.count("refund.succeeded") == 1
    assert "refund.stale" not in world.audits


@pytest.mark.parametrize("status", [PENDING, CANCELED, FAILED])
def test_a_refund_that_did_not_succeed_moves_no_money(status):
    world = paid_world(100)

    tell(world, refunded(40, status=status, reason="requested_by_customer"))

    assert world.balance(f"gateway:{ACCOUNT}") == 100
    assert world.refund("re_1").reason == "requested_by_customer"


def test_a_payment_that_lies_elsewhere_than_its_sums_say_is_never_refunded():
    world = paid_world(100)
    payment = world.payment("pi_1")
    world.payments[payment.id] = payment._replace(credit_minor=1)

    with pytest.raises(Broken, match="a ledger entry must balance"):
        tell(world, refunded(40))


def test_a_refund_in_another_currency_touches_no_invoice_and_is_put_before_a_person():
    world = paid_world(100)

    tell(world, refunded(30, currency="EUR"))
    taken = world.balance("suspense", "EUR"), world.balance(f"gateway:{ACCOUNT}", "EUR")
    tell(world, refunded(30, currency="EUR", status=FAILED))

    assert taken == (30, -30)
    assert world.balance("suspense", "EUR") == 0
    assert world.payment("pi_1").refunded_minor == 0
    assert world.open_breaks() == {BreakKind.AMOUNT_MISMATCH}


def test_a_refund_is_mailed_to_whose_money_it_was():
    world = paid_world(100)

    tell(world, refunded(30))

    assert (MailKind.REFUND_PROCESSED, world.refund("re_1").id) in world.mails


def test_a_checkout_is_not_a_payment_and_an_unknown_one_says_nothing():
    world = tell(make_world(make_invoice(1, [100])), checkout("cs_other", "pi_1"))

    assert world.audits == []
