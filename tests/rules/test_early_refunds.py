"""Refunds that are told of before, or together with, the payment they take from."""

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.facts import Claims
from bursar.rules.states import PaymentStatus
from tests.rules.make import (
    ACCOUNT,
    BEN,
    line_id,
    make_invoice,
    paid,
    refunded,
    told,
    watermark,
)
from tests.rules.world import deliver, make_world, tell

OF_ASHA = Claims(customer="asha")


def test_a_refund_of_a_payment_nobody_told_of_waits_for_it():
    world = make_world(make_invoice(1, [100]))

    tell(world, refunded(40, payment="ch_1"))
    waits = set(world.waiting.values())
    tell(world, paid(100, aliases=("ch_1",), claims=OF_ASHA))

    assert waits == {f"{ACCOUNT}/ch_1"}
    assert world.waiting == {}
    assert world.balance(f"gateway:{ACCOUNT}") == 60


def test_a_refund_in_one_batch_with_its_payment_does_not_wait():
    world = make_world(make_invoice(1, [100]))

    deliver(world, [[told(refunded(40)), told(paid(100, claims=OF_ASHA))]])

    assert world.balance(f"gateway:{ACCOUNT}") == 60


def test_a_refund_by_a_name_that_its_own_batch_makes_known_finds_the_lines_that_were_paid():
    world = tell(make_world(make_invoice(1, [100])), paid(100, claims=OF_ASHA))

    deliver(world, [[told(refunded(40, payment="ch_1")), told(paid(100, aliases=("ch_1",)))]])

    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=60, cancelled_minor=40)}


def test_a_refund_told_before_its_payment_was_captured_is_taken_when_the_money_comes():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, status=PaymentStatus.AUTHORIZED, claims=OF_ASHA))
    tell(world, refunded(40))
    early = world.payment("pi_1").suspense_minor, world.open_breaks()
    tell(world, paid(100))

    assert early == (40, {BreakKind.REFUND_EXCEEDS_PAYMENT})
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=60, cancelled_minor=40)}
    assert world.payment("pi_1").suspense_minor == 0
    assert world.open_breaks() == set()


def test_a_break_that_opens_again_in_the_decision_that_heals_it_stays_open():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, status=PaymentStatus.AUTHORIZED, claims=OF_ASHA))
    tell(world, refunded(40, "re_1"))
    tell(world, paid(100), refunded(80, "re_2"))

    assert world.payment("pi_1").suspense_minor == 20
    assert world.open_breaks() == {BreakKind.REFUND_EXCEEDS_PAYMENT}


def test_money_that_is_claimed_as_it_is_captured_brings_its_early_refund_along():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100], customer=BEN))

    tell(world, paid(100, payment="pi_1", status=PaymentStatus.AUTHORIZED))
    tell(world, refunded(40, payment="pi_1"))
    tell(world, paid(50, payment="pi_2"))
    deliver(world, [[told(paid(100, claims=OF_ASHA)), told(paid(50, payment="pi_2", claims=OF_ASHA))]])

    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=50)}
    assert world.payment("pi_1").credit_minor == 10
    assert world.allocations("pi_2") == {line_id(1): Share(allocated_minor=50)}


def test_a_watermark_only_rises_and_posts_nothing():
    world = tell(make_world(make_invoice(1, [100])), paid(100, claims=OF_ASHA))
    before = len(world.entries)

    for minor in (30, 50, 40):
        tell(world, watermark(minor))
    tell(world, watermark(90, currency="USD"))

    assert world.payment("pi_1").watermark_minor == 50
    assert len(world.entries) == before


def test_a_watermark_of_an_unknown_payment_waits():
    world = tell(make_world(), watermark(10, payment="pi_9"))

    assert set(world.waiting.values()) == {f"{ACCOUNT}/pi_9"}
