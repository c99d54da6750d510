"""Payments as their facts arrive: states, amounts, aliases, attempts, owners."""

import pytest

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import Evidence
from bursar.rules.facts import Claims
from bursar.rules.states import PaymentStatus
from tests.rules.make import ACCOUNT, ASHA, BEN, line_id, make_invoice, make_line, paid, refunded
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
    assert world.attempts == {(ACCOUNT, "ch_1"): True}


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

    assert world.attempts == {(ACCOUNT, "ch_1"): False, (ACCOUNT, "ch_2"): True}


def test_money_of_nobody_is_kept_apart_and_put_before_a_person():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100))

    assert world.payment("pi_1").unidentified_minor == 100
    assert world.balance("unidentified") == -100
    assert world.open_breaks() == {BreakKind.UNIDENTIFIED_PAYMENT}
    assert world.mails == set()


def test_better_evidence_moves_money_from_nobody_to_its_owner_and_closes_the_break():
    world = make_world(make_invoice(1, [60]))

    tell(world, paid(100))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").credit_minor == 40
    assert world.balance("unidentified") == 0
    assert world.open_breaks() == set()


def test_better_evidence_moves_money_to_another_customer_and_whoever_waited_takes_the_place():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [50], customer=BEN))

    tell(world, paid(100, payment="pi_1", claims=Claims(gateway_customer="cus_asha")))
    tell(world, paid(100, payment="pi_2", claims=OF_ASHA))
    tell(world, paid(100, payment="pi_1", claims=Claims(customer="ben")))

    assert world.payment("pi_1").attribution.customer_id == BEN
    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=50)}
    assert world.allocations("pi_2") == {line_id(1): Share(allocated_minor=100)}
    assert world.payment("pi_2").credit_minor == 0


def test_better_evidence_for_the_same_customer_moves_money_to_the_invoice_it_names():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100]))

    tell(world, paid(100, claims=OF_ASHA))
    tell(world, paid(100, claims=Claims(invoice="INV-2")))
    tell(world, paid(100, claims=Claims(customer="ben")))

    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=100)}
    assert world.payment("pi_1").attribution.rank is Evidence.METADATA_INVOICE


def test_better_evidence_that_says_the_same_moves_nothing():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(gateway_customer="cus_asha")))
    before = len(world.entries)
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").attribution.rank is Evidence.METADATA_CUSTOMER
    assert len(world.entries) == before


def test_better_evidence_twice_in_one_event_moves_money_once_to_the_best():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100], customer=BEN))

    tell(world, paid(100))
    tell(world, paid(100, claims=OF_ASHA), paid(100, claims=Claims(invoice="INV-2")))

    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=100)}


def test_a_new_owner_of_nothing_moves_nothing():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(100))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").attribution.customer_id == ASHA
    assert world.balance("customer_credit") == 0


def test_who_claims_money_that_was_partly_refunded_gets_what_is_left():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(30))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").credit_minor == 70


def test_money_in_another_currency_than_its_invoice_is_credit_in_its_own():
    world = make_world(make_invoice(1, [100], currency="INR"))

    tell(world, paid(100, currency="USD", claims=Claims(invoice="INV-1")))

    assert world.payment("pi_1").credit_minor == 100
    assert world.balance("customer_credit", "USD") == -100
    assert world.balance("receivable") == 100
    assert world.open_breaks() == {BreakKind.WRONG_CURRENCY}


def test_a_new_invoice_is_paid_by_the_oldest_credit_and_leaves_the_rest_alone():
    world = make_world()

    for payment in ("pi_1", "pi_2"):
        tell(world, paid(50, payment, claims=OF_ASHA))
    open_invoice(world, make_invoice(1, [30]))

    assert (world.payment("pi_1").credit_minor, world.payment("pi_2").credit_minor) == (20, 50)


def test_an_unknown_invoice_is_put_before_a_person_until_better_evidence_comes():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(invoice="INV-404")))
    before = world.open_breaks()
    tell(world, paid(100, claims=Claims(invoice="INV-1")))

    assert before == {BreakKind.UNKNOWN_INVOICE, BreakKind.UNIDENTIFIED_PAYMENT}
    assert world.open_breaks() == set()


def test_an_unknown_invoice_asks_nobody_once_a_better_claim_is_known():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(invoice="INV-1")), paid(100, claims=Claims(invoice="INV-404")))

    assert world.open_breaks() == set()


def test_an_invoice_of_somebody_else_is_not_paid_and_a_person_must_look():
    world = make_world(make_invoice(1, [100], customer=BEN))

    tell(world, paid(100, claims=Claims(invoice="INV-1", customer="asha")))

    assert world.payment("pi_1").credit_minor == 100
    assert world.balance("receivable") == 100
    assert world.open_breaks() == {BreakKind.OWNER_MISMATCH}


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


def test_the_metadata_of_a_subscription_is_weaker_than_that_of_the_payment_and_better_than_the_card():
    world = make_world(make_invoice(1, [100]))
    card_and_subscription = Claims(subscriber="ben", gateway_customer="cus_asha")

    tell(world, paid(100, claims=card_and_subscription))
    subscriber = world.payment("pi_1").attribution
    tell(world, paid(100, claims=OF_ASHA))

    assert (subscriber.rank, subscriber.customer_id) == (Evidence.SUBSCRIBER, BEN)
    assert world.payment("pi_1").attribution.customer_id == ASHA
