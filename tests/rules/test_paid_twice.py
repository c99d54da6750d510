"""An invoice paid twice, too much, or again after a refund: what is held, steps in, or stays cancelled."""

import pytest

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.facts import Claims
from bursar.rules.states import RefundEffect, RefundStatus
from tests.rules.make import ASHA, line_id, make_directory, make_invoice, paid, refunded
from tests.rules.views import open_and_credit
from tests.rules.world import make_world, open_invoice, tell

OF_ASHA = Claims(customer="asha")


def paid_world(gross_minor):
    """Asha has paid an invoice of one fee by pi_1."""
    return tell(make_world(make_invoice(1, [gross_minor])), paid(gross_minor, claims=OF_ASHA))


def test_a_double_payment_is_credit_and_its_refund_leaves_the_invoice_paid():
    world = paid_world(100)

    tell(world, paid(100, payment="pi_2", claims=OF_ASHA))
    tell(world, refunded(100, payment="pi_2"))

    assert open_and_credit(world, (ASHA, "INR")) == (0, 0)
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=100)}


TWICE = {
    "pi_1": paid(100, "pi_1", claims=Claims(invoice="INV-1")),
    "pi_2": paid(100, "pi_2", claims=Claims(invoice="INV-1")),
}
ORDERS = [("pi_1", "pi_2", "re"), ("pi_1", "re", "pi_2"), ("pi_2", "pi_1", "re")]


@pytest.mark.parametrize("refunded_payment", ["pi_1", "pi_2"])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_whichever_of_two_payments_is_refunded_the_other_one_pays_the_invoice(order, refunded_payment):
    told = TWICE | {"re": refunded(100, payment=refunded_payment)}
    world = make_world(make_invoice(1, [100]))

    for name in order:
        tell(world, told[name])

    other = {"pi_1": "pi_2", "pi_2": "pi_1"}[refunded_payment]
    assert open_and_credit(world, (ASHA, "INR")) == (0, 0)
    assert world.allocations(other) == {line_id(1): Share(allocated_minor=100)}
    assert world.open_breaks() == set()


def test_money_paid_twice_for_one_invoice_is_held_and_pays_nothing_else():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100]))

    for payment in TWICE.values():
        tell(world, payment)

    assert world.payment("pi_2").held_minor == world.payment("pi_2").credit_minor == 100
    assert open_and_credit(world, (ASHA, "INR")) == (100, 100)
    assert world.open_breaks() == {BreakKind.DOUBLE_PAYMENT}


def test_one_payment_that_is_simply_too_large_pays_the_next_invoice():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100]))

    tell(world, paid(150, claims=Claims(invoice="INV-1")))

    assert world.payment("pi_1").held_minor == 0
    assert world.allocations("pi_1")[line_id(2)] == Share(allocated_minor=50)


def test_a_refund_told_before_an_invoice_opened_cancels_nothing_of_it():
    world = make_world()

    tell(world, paid(100, claims=OF_ASHA))
    tell(world, refunded(100))
    open_invoice(world, make_invoice(1, [100]))

    assert open_and_credit(world, (ASHA, "INR")) == (100, 0)


def test_what_was_cancelled_is_paid_again_by_money_that_comes_for_it():
    world = paid_world(100)

    tell(world, refunded(100))
    tell(world, paid(100, payment="pi_2", claims=OF_ASHA))

    assert world.allocations("pi_2") == {line_id(1): Share(allocated_minor=100)}
    assert world.allocations("pi_1") == {}
    assert world.balance("revenue:tuition") == -100


def test_what_was_held_when_an_invoice_opened_and_is_free_since_pays_it():
    world = make_world(make_invoice(1, [100]))
    for n, minor in ((1, 100), (2, 200), (3, 120)):
        tell(world, paid(minor, f"pi_{n}", claims=Claims(invoice="INV-1")))
    tell(world, refunded(200, payment="pi_2"))
    open_invoice(world, make_invoice(2, [30]))

    assert world.payment("pi_3").held_minor == 100
    assert world.allocations("pi_3") == {line_id(2): Share(allocated_minor=20)}


def test_a_refund_that_reopens_what_it_had_paid_leaves_it_owed():
    world = paid_world(100)
    tell(world, refunded(40, status=RefundStatus.PENDING, effect=RefundEffect.REOPEN))

    tell(world, refunded(40))

    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=60)}
    assert open_and_credit(world, (ASHA, "INR")) == (40, 0)


def test_what_was_paid_twice_for_a_draft_is_held_once_it_opens_also_after_a_refund():
    draft = make_invoice(2, [100])
    world = make_world(make_invoice(1, [150]), directory=make_directory([draft]))
    for payment in ("pi_1", "pi_2"):
        tell(world, paid(100, payment, claims=Claims(invoice="INV-2")))
    tell(world, refunded(1))
    before = world.payment("pi_2").held_minor, open_and_credit(world, (ASHA, "INR"))
    open_invoice(world, draft)

    assert before == (0, (0, 49))
    assert world.payment("pi_2").held_minor == world.payment("pi_2").credit_minor == 99
    assert open_and_credit(world, (ASHA, "INR")) == (150, 99)
