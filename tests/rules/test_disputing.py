"""Disputes suspend what was paid for, take money when they are lost, and give it back when that is undone."""

import itertools
from dataclasses import replace

import pytest

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.facts import Claims
from bursar.rules.states import (
    OPEN_DISPUTES,
    DisputeStatus,
    EnrollmentState,
    FraudWarningStatus,
    FundsDirection,
    PaymentStatus,
)
from tests.rules.make import ACCOUNT, ASHA, line_id, make_invoice, paid, refunded, told
from tests.rules.views import open_and_credit
from tests.rules.words import disputed, funds, warned
from tests.rules.world import deliver, grant, make_world, tell

OF_ASHA = Claims(customer="asha")
INQUIRY, NEEDS_RESPONSE, UNDER_REVIEW, CLOSED, WON, LOST = DisputeStatus
ACTIVE, SUSPENDED, WITHDRAWN = EnrollmentState.ACTIVE, EnrollmentState.SUSPENDED, EnrollmentState.WITHDRAWN


def enrolled_world():
    """Asha has paid a course by pi_1 and is enrolled."""
    invoice = make_invoice(1, [100])
    world = make_world(invoice)
    grant(world, invoice)
    return tell(world, paid(100, claims=OF_ASHA))


def right(world):
    [state] = world.desired.values()
    return state


@pytest.mark.parametrize("status", DisputeStatus)
def test_only_an_open_dispute_suspends_and_asks_a_person_to_answer(status):
    world = tell(enrolled_world(), disputed(status, 1))

    assert right(world) is (SUSPENDED if status in OPEN_DISPUTES else ACTIVE)
    assert (BreakKind.DISPUTE_OPEN in world.open_breaks()) == (status in OPEN_DISPUTES)
    assert (MailKind.DISPUTE_ALERT in {kind for kind, _ in world.mails}) == (status in OPEN_DISPUTES)
    assert world.payment("pi_1").disputed == (status in OPEN_DISPUTES)


@pytest.mark.parametrize("end", [CLOSED, WON])
def test_a_dispute_that_ends_well_restores_what_it_suspended(end):
    world = tell(enrolled_world(), disputed(), funds())
    tell(world, disputed(end, minutes=1), funds(FundsDirection.REINSTATED))

    assert right(world) is ACTIVE
    assert world.balance("contested") == 0
    assert world.balance(f"gateway:{ACCOUNT}") == 100
    assert world.open_breaks() == set()


def test_contested_money_leaves_allocations_untouched():
    world = tell(enrolled_world(), disputed(), funds())

    assert world.balance("contested") == 100
    assert world.balance(f"gateway:{ACCOUNT}") == 0
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=100)}


def test_a_lost_dispute_takes_the_money_like_a_refund_and_nobody_owes_it_again():
    world = tell(enrolled_world(), disputed(), funds(), disputed(LOST, minutes=1))

    assert right(world) is WITHDRAWN
    assert world.balance("contested") == 0
    assert open_and_credit(world, (ASHA, "INR")) == (0, 0)
    assert world.payment("pi_1").lost_minor == 100
    assert world.allocations("pi_1") == {line_id(1): Share(cancelled_minor=100)}


def test_a_loss_that_is_overturned_and_lost_again_and_overturned_ends_where_it_began():
    world = tell(enrolled_world(), disputed(LOST, minutes=1))
    for minutes, status in enumerate((WON, LOST, WON), start=2):
        tell(world, disputed(status, minutes=minutes))

    assert right(world) is ACTIVE
    assert world.payment("pi_1").lost_minor == 0
    assert world.balance("contested") == 0


WORDS = [
    disputed(NEEDS_RESPONSE, minutes=0),
    funds(),
    disputed(UNDER_REVIEW, minutes=1),
    disputed(LOST, minutes=2),
]


@pytest.mark.parametrize("order", list(itertools.permutations(WORDS)))
def test_in_whatever_order_a_dispute_is_told_it_ends_alike(order):
    world = enrolled_world()
    for word in order:
        tell(world, word)

    assert right(world) is WITHDRAWN
    assert world.balance("contested") == 0
    assert world.balance(f"gateway:{ACCOUNT}") == 0
    assert world.open_breaks() == set()


def test_a_word_that_was_overtaken_is_stale_and_the_same_word_is_no_news():
    world = tell(enrolled_world(), disputed(WON, minutes=5))
    tell(world, disputed(NEEDS_RESPONSE, minutes=1))
    tell(world, disputed(WON, minutes=4))
    tell(world, disputed(WON, minutes=6, reason="fraudulent"))

    assert [each for each in world.audits if "dispute" in each] == ["dispute.won", "dispute.stale"]
    assert right(world) is ACTIVE
    assert world.disputes[ACCOUNT, "dp_1"].reason == "fraudulent"


def test_a_word_without_a_time_loses_to_one_that_has_it_and_rank_decides_between_two():
    world = tell(
        enrolled_world(), disputed(UNDER_REVIEW, minutes=None), disputed(NEEDS_RESPONSE, minutes=None)
    )
    between = world.disputes[ACCOUNT, "dp_1"].status
    tell(world, disputed(NEEDS_RESPONSE, minutes=-100))

    assert between is UNDER_REVIEW
    assert world.disputes[ACCOUNT, "dp_1"].status is NEEDS_RESPONSE
    assert world.disputes[ACCOUNT, "dp_1"].stamp.occurred_at is not None


def test_a_dispute_told_before_its_payment_waits_for_it():
    world = make_world(make_invoice(1, [100]))
    tell(world, disputed(), funds())
    waits = set(world.waiting.values())
    tell(world, paid(100, claims=OF_ASHA))

    assert waits == {f"{ACCOUNT}/pi_1"}
    assert world.balance("contested") == 100
    assert world.payment("pi_1").disputed


def test_a_payment_that_is_disputed_before_its_capture_is_told_comes_suspended():
    invoice = make_invoice(1, [100])
    world = make_world(invoice)
    grant(world, invoice)
    tell(world, paid(100, status=PaymentStatus.AUTHORIZED, claims=OF_ASHA))
    tell(world, disputed())
    tell(world, paid(100))

    assert right(world) is SUSPENDED


def test_only_the_invoice_that_disputed_money_lies_on_is_suspended():
    first, second = make_invoice(1, [100]), make_invoice(2, [100])
    world = make_world(first, second)
    grant(world, first, enrollment=1)
    grant(world, second, enrollment=2)
    for n in (1, 2):
        tell(world, paid(100, f"pi_{n}", claims=Claims(invoice=f"INV-{n}")))

    tell(world, disputed(payment="pi_2"))

    assert list(world.desired.values()) == [ACTIVE, SUSPENDED]


def test_two_disputes_of_one_payment_suspend_until_both_are_over():
    world = tell(enrolled_world(), disputed(dispute="dp_1"), disputed(dispute="dp_2"))
    tell(world, disputed(WON, minutes=1, dispute="dp_1"))
    between = right(world)
    tell(world, disputed(WON, minutes=1, dispute="dp_2"))

    assert (between, right(world)) == (SUSPENDED, ACTIVE)


def test_a_refund_beside_a_lost_dispute_is_beyond_the_capture_and_before_a_person():
    world = tell(enrolled_world(), refunded(100), disputed(LOST))

    assert world.payment("pi_1").suspense_minor == 100
    assert world.open_breaks() == {BreakKind.REFUND_EXCEEDS_PAYMENT}
    tell(world, disputed(WON, minutes=1))
    assert world.open_breaks() == set()


def test_a_dispute_in_another_currency_is_booked_apart_and_put_before_a_person():
    world = tell(enrolled_world(), disputed(LOST, currency="EUR"))
    taken = world.balance("suspense", "EUR"), world.balance("contested", "EUR")
    tell(world, disputed(WON, minutes=1, currency="EUR"))

    assert taken == (100, -100)
    assert world.balance("suspense", "EUR") == world.balance("contested", "EUR") == 0
    assert world.payment("pi_1").lost_minor == 0
    assert world.open_breaks() == {BreakKind.AMOUNT_MISMATCH}


def test_the_amount_of_a_loss_stays_what_was_booked_until_it_is_undone():
    world = tell(enrolled_world(), disputed(LOST, 60))
    tell(world, disputed(LOST, 70, minutes=1))
    lost = world.payment("pi_1").lost_minor
    tell(world, disputed(WON, 70, minutes=2))

    assert (lost, world.payment("pi_1").lost_minor) == (60, 0)


@pytest.mark.parametrize("order", [(60, 70), (70, 60)])
def test_two_amounts_told_at_one_time_keep_one_in_any_order_and_ask_a_person(order):
    world = enrolled_world()
    for amount_minor in order:
        deliver(world, [[replace(told(disputed(UNDER_REVIEW, amount_minor)), key=f"evt_{amount_minor}")]])

    assert world.disputes[ACCOUNT, "dp_1"].amount_minor == 70
    assert BreakKind.AMOUNT_MISMATCH in world.open_breaks()


def test_a_fraud_warning_asks_a_person_while_a_refund_could_still_help():
    world = tell(enrolled_world(), warned())
    asked = world.open_breaks()
    tell(world, warned(FraudWarningStatus.SPENT, minutes=1))
    tell(world, warned(minutes=0))

    assert asked == {BreakKind.FRAUD_WARNING}
    assert world.open_breaks() == set()


def test_a_dispute_and_its_payment_in_one_batch_need_no_second_telling():
    invoice = make_invoice(1, [100])
    world = make_world(invoice)
    grant(world, invoice)

    deliver(world, [[told(disputed(LOST)), told(funds()), told(paid(100, claims=OF_ASHA))]])

    assert right(world) is WITHDRAWN
    assert world.balance("contested") == 0
