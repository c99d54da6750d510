"""Payments as their facts arrive: states, amounts, aliases, attempts, owners."""

import pytest

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.facts import Claims
from bursar.rules.states import PaymentStatus
from tests.rules.make import ACCOUNT, line_id, make_invoice, make_line, paid
from tests.rules.world import make_world, open_invoice, tell

OF_ASHA = Claims(customer="asha")
FAILED, PROCESSING, AUTHORIZED = PaymentStatus.FAILED, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED


def test_a_payment_pays_the_open_lines_of_its_invoice():
    world = make_world(make_invoice(1, [60, 40]))

    tell(world, paid(70, claims=Claims(invoice="INV-1")))

    assert world.allocations("pi_1") == {
        line_id(1, 1): Share(allocated_minor=60),
        line_id(1, 2): Share(allocated_minor=10),
    }
    assert world.balance(f"gateway:{ACCOUNT}") == 70
    assert world.balance("receivable") == 30


def test_a_payment_pays_the_invoice_it_names_before_an_older_one():
    world = make_world(make_invoice(1, [50]), make_invoice(2, [50]))

    tell(world, paid(70, claims=Claims(invoice="INV-2")))

    assert world.allocations("pi_1") == {
        line_id(2): Share(allocated_minor=50),
        line_id(1): Share(allocated_minor=20),
    }


def test_what_nothing_is_owed_for_is_credit_and_pays_the_next_invoice():
    world = make_world(make_invoice(1, [50]))

    tell(world, paid(80, claims=OF_ASHA))
    credit_minor = world.payment("pi_1").credit_minor
    open_invoice(world, make_invoice(2, [100]))

    assert credit_minor == 30
    assert world.payment("pi_1").credit_minor == 0
    assert world.allocations("pi_1")[line_id(2)] == Share(allocated_minor=30)


def test_an_invoice_opens_unpaid_when_there_is_no_credit():
    world = make_world(make_invoice(1, [50]))

    tell(world, paid(50, claims=OF_ASHA))
    open_invoice(world, make_invoice(2, [100]))

    assert world.balance("receivable") == 100


def test_money_is_credited_once_however_often_it_is_announced():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=OF_ASHA), paid(100, aliases=("ch_1",)))
    tell(world, paid(100, aliases=("ch_1",), claims=OF_ASHA))
    tell(world, paid(100, payment="ch_1"))

    assert len(world.payments) == 1
    assert world.balance(f"gateway:{ACCOUNT}") == 100
    assert BreakKind.AMOUNT_MISMATCH not in world.open_breaks()


def test_money_that_comes_after_the_failure_was_told_is_money_and_is_marked_late():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, status=FAILED, claims=OF_ASHA, attempt="ch_1", decline_code="do_not_honor"))
    tell(world, paid(100, attempt="ch_1"))

    assert world.payment("pi_1").status is PaymentStatus.SUCCEEDED
    assert world.balance("receivable") == 0
    assert world.audits == ["payment.failed", "payment.succeeded"]
    assert world.attempts == {(ACCOUNT, "ch_1"): (True, "do_not_honor")}


def test_what_was_overtaken_is_audited_and_changes_nothing():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=OF_ASHA))
    for status in (FAILED, PROCESSING, AUTHORIZED):
        tell(world, paid(90, status=status))

    assert world.payment("pi_1").amount_minor == 100
    assert world.audits == ["payment.succeeded", *["payment.stale"] * 3]


def test_the_same_state_told_again_is_no_news():
    world = make_world()

    tell(world, paid(100, status=PROCESSING), paid(100, status=PROCESSING))

    assert world.audits == ["payment.processing"]


def test_what_was_captured_counts_and_not_what_was_authorized():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(120, status=AUTHORIZED, claims=OF_ASHA, method="card"))
    tell(world, paid(100))

    assert world.payment("pi_1").amount_minor == 100
    assert world.payment("pi_1").method == "card"


@pytest.mark.parametrize("told", [{"amount_minor": 90}, {"currency": "USD", "amount_minor": 100}])
def test_a_success_of_another_amount_or_currency_is_put_before_a_person(told):
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=OF_ASHA))
    tell(world, paid(**told))

    assert world.open_breaks() == {BreakKind.AMOUNT_MISMATCH}
    assert world.balance(f"gateway:{ACCOUNT}") == 100


def test_two_payments_that_turn_out_to_be_one_are_put_before_a_person():
    world = make_world(make_invoice(1, [200]))

    tell(world, paid(100, payment="pi_1", claims=OF_ASHA))
    tell(world, paid(100, payment="ch_1", claims=OF_ASHA))
    tell(world, paid(100, payment="pi_1", aliases=("ch_1",)))

    assert world.open_breaks() == {BreakKind.ALIAS_CONFLICT}
    assert world.payment("pi_1") != world.payment("ch_1")


def test_the_first_attempt_to_succeed_is_remembered_over_those_that_failed():
    world = make_world()

    tell(
        world,
        paid(1, status=FAILED, attempt="ch_1"),
        paid(1, status=PROCESSING, attempt="ch_1"),
        paid(1, attempt="ch_2"),
        paid(1, attempt="ch_2"),
    )

    assert world.attempts == {(ACCOUNT, "ch_1"): (False, None), (ACCOUNT, "ch_2"): (True, None)}


def test_a_new_invoice_is_paid_by_the_oldest_credit_and_leaves_the_rest_alone():
    world = make_world()

    for payment in ("pi_1", "pi_2"):
        tell(world, paid(50, payment, claims=OF_ASHA))
    open_invoice(world, make_invoice(1, [30]))

    assert (world.payment("pi_1").credit_minor, world.payment("pi_2").credit_minor) == (20, 50)


def test_the_payer_may_say_which_components_are_paid_also_later():
    world = make_world(make_invoice(1, [make_line(1, 60), make_line(2, 40, component="books")]))
    named = Claims(invoice="INV-1", components=(("books", 40),))

    tell(world, paid(50, claims=Claims(invoice="INV-1")))
    before = world.allocations("pi_1")
    tell(world, paid(50, claims=named))

    assert before == {line_id(1, 1): Share(allocated_minor=50)}
    assert world.allocations("pi_1") == {
        line_id(1, 1): Share(allocated_minor=10),
        line_id(1, 2): Share(allocated_minor=40),
    }
    assert [each.policy for each in world.entries.values()][-1] == "explicit/1"


@pytest.mark.parametrize("reverse", [False, True])
def test_why_an_attempt_was_declined_is_not_forgotten_by_a_word_that_does_not_say(reverse):
    world = make_world()
    words = [
        paid(1, status=FAILED, attempt="ch_1", decline_code="do_not_honor"),
        paid(1, status=PaymentStatus.CANCELED, attempt="ch_1"),
    ]

    for word in reversed(words) if reverse else words:
        tell(world, word)

    assert world.attempts == {(ACCOUNT, "ch_1"): (False, "do_not_honor")}
