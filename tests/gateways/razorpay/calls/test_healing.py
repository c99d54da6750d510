"""What was never delivered is found by asking, and comes to the same books."""

import random

import orjson
import pytest

from bursar.gateways.api.protocol import Window
from bursar.gateways.razorpay.facts import read
from bursar.sandbox.memory.store import World
from tests.gateways.contract import FIRST_MINOR, KEY, refund
from tests.gateways.razorpay.calls.making import HOUR, intent
from tests.gateways.razorpay.calls.played import RazorpayHand
from tests.rules.world import make_world, tell

ACCOUNT = "razorpay:test"
DAY_S = 86_400


def live(hand: RazorpayHand) -> None:
    """Two weeks of an account: paid, declined, late, refunded, returned, contested, released, settled."""
    orders = [hand.api.perform(intent(checkout=f"c-{n}"), f"{KEY}-{n}").payment for n in range(6)]
    paid = [hand.pay(order) for order in orders[:4]]
    late = hand.control("decline", checkout=orders[4])["id"]
    hand.control("decline", checkout=orders[5])
    hand.pay(hand.api.perform(intent(checkout="c-held", capture=False), f"{KEY}-held").payment)
    hand.api.perform(refund(paid[0], FIRST_MINOR, "INR"), "refund-0000000001")
    hand.advance(DAY_S)
    returned = hand.control("refund", payment=paid[1], amount=FIRST_MINOR)["id"]
    hand.control("authorize_late", payment=late)
    hand.control("close_dispute", dispute=hand.control("open_dispute", payment=paid[2])["id"], won=False)
    hand.control("close_dispute", dispute=hand.control("open_dispute", payment=paid[3])["id"], won=True)
    hand.control("settle")
    hand.advance(6 * DAY_S)
    hand.control("fail_refund", refund=returned)
    hand.control("settle")


def facts_told(hand: RazorpayHand) -> list:
    """What every webhook said, had it arrived."""
    bodies = [orjson.loads(event.body) for event in hand.gateways.webhooks.events]
    return [read(body["event"], body) for body in bodies]


def facts_found(hand: RazorpayHand) -> list:
    """What one look back over the whole time says."""
    now = hand.gateways.clock.now()
    changes = hand.api.list_changes(Window(since=now - 10 * 24 * HOUR, until=now + HOUR))
    return [read(each.type, orjson.loads(each.document)) for each in changes]


def world_of(readings: list) -> World:
    world = make_world()
    for reading in readings:
        if isinstance(reading, tuple):
            tell(world, *reading, account=ACCOUNT)
    return world


def books(world: World) -> tuple:
    states = sorted((payment.status, payment.amount_minor) for payment in world.payments.values())
    refunds = sorted((each.status, each.amount_minor) for each in world.refunds.values())
    return world.entries.sums.without_zeros()["accounts"], states, refunds


def test_what_is_found_alone_makes_the_books_that_the_webhooks_make(hand):
    live(hand)

    assert books(world_of(facts_found(hand))) == books(world_of(facts_told(hand)))


def test_the_books_come_to_what_the_gateway_really_paid_out(hand):
    live(hand)

    accounts, _, _ = books(world_of(facts_found(hand)))

    assert accounts["bank", "INR"] == hand.gateways.book.sums()["razorpay.INR.payout.paid"] > 0
    assert not [account for account, _ in accounts if account.startswith("gateway:")]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_lost_is_healed_and_nothing_counts_twice(hand, seed):
    live(hand)
    chance = random.Random(seed)
    told, found = facts_told(hand), facts_found(hand)
    arrived = [reading for reading in told if chance.random() < 0.5]
    mixed = arrived + found + arrived
    chance.shuffle(mixed)

    assert books(world_of(mixed)) == books(world_of(told))
