"""Fees, conversions, contested money and settlements count once; the latest word about an object stays."""

import itertools

import pytest

from bursar.rules.breaks import BreakKind
from bursar.rules.facts import ObjectFact
from bursar.rules.ledger import EntryKind
from bursar.rules.registers import OBJECT_KINDS, ObjectKind, stamp, stored_stamp
from bursar.rules.states import SettlementStatus, SubscriptionStatus
from tests.rules.make import ACCOUNT, NOON
from tests.rules.words import converted, fee, settled, snapshots, subscribed
from tests.rules.world import make_world, tell

GATEWAY = f"gateway:{ACCOUNT}"
PENDING, CANCELED, PAID, FAILED = SettlementStatus


def test_a_fee_is_an_expense_and_its_tax_is_input_tax():
    world = tell(make_world(), fee(118, tax_minor=18))

    assert world.balance("gateway_fees") == 100
    assert world.balance("input_tax") == 18
    assert world.balance(GATEWAY) == -118


def test_a_fee_told_twice_counts_once():
    world = tell(make_world(), fee(118), fee(118))
    tell(world, fee(118, minutes=1))

    assert world.balance("gateway_fees") == 118
    assert len(world.entries) == 1
    assert world.open_breaks() == set()


@pytest.mark.parametrize(
    "order", list(itertools.permutations([fee(100), fee(120, minutes=1), fee(90, minutes=2)]))
)
def test_of_different_fees_the_latest_stays_the_difference_is_posted_and_a_person_may_look(order):
    world = make_world()
    for word in order:
        tell(world, word)

    assert world.balance("gateway_fees") == 90
    assert world.balance(GATEWAY) == -90
    assert (len(world.entries) > 1) == (BreakKind.FEE_CHANGED in world.open_breaks())


def test_a_fee_that_is_given_back_is_less_expense():
    world = tell(make_world(), fee(100), fee(-30, source="txn_2"))

    assert world.balance("gateway_fees") == 70


def test_a_conversion_moves_money_between_currencies_over_fx():
    world = tell(make_world(), converted(100, 8000))

    assert (world.balance(GATEWAY, "USD"), world.balance("fx", "USD")) == (-100, 100)
    assert (world.balance(GATEWAY, "INR"), world.balance("fx", "INR")) == (8000, -8000)


def test_another_rate_told_later_posts_the_difference():
    world = tell(make_world(), converted(100, 8000), converted(100, 8100, minutes=1))

    assert world.balance(GATEWAY, "INR") == 8100
    assert [leg.amount_minor for leg in list(world.entries.values())[1].legs] == [100, -100]
    assert world.open_breaks() == {BreakKind.FEE_CHANGED}


def test_a_settlement_arrives_at_the_bank_when_it_is_paid():
    world = tell(make_world(), settled(PENDING))
    before = world.balance("bank")
    tell(world, settled(PAID, minutes=1))

    assert (before, world.balance("bank"), world.balance(GATEWAY)) == (0, 90, -90)


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([settled(PENDING), settled(PAID, minutes=1), settled(FAILED, minutes=2)])),
)
def test_a_settlement_that_comes_back_from_the_bank_is_reversed_and_put_before_a_person(order):
    world = make_world()
    for word in order:
        tell(world, word)

    assert world.balance("bank") == world.balance(GATEWAY) == 0
    assert world.open_breaks() == {BreakKind.SETTLEMENT_FAILED}


def test_a_settlement_that_is_paid_after_all_asks_nobody():
    world = tell(make_world(), settled(FAILED), settled(PAID, minutes=1))

    assert world.balance("bank") == 90
    assert world.open_breaks() == set()
    assert {key[2] for key in world.entries} == {EntryKind.BALANCE_MOVED}


def test_a_settlement_may_take_money_from_our_bank():
    world = tell(make_world(), settled(PAID, -40))

    assert (world.balance("bank"), world.balance(GATEWAY)) == (-40, 40)


def test_every_type_of_snapshot_has_a_kind_of_its_own():
    assert set(OBJECT_KINDS.values()) == set(ObjectKind)
    assert OBJECT_KINDS.keys() == set(ObjectFact.__args__)


def test_the_latest_word_about_every_object_is_kept():
    world = make_world()
    others = [each for each in snapshots() if OBJECT_KINDS[type(each)] is not ObjectKind.FRAUD_WARNING]
    for fact in others:
        tell(world, fact)

    assert {kind for _, kind, _ in world.objects} == set(ObjectKind) - {ObjectKind.FRAUD_WARNING}


WORDS = [
    subscribed(SubscriptionStatus.INCOMPLETE),
    subscribed(SubscriptionStatus.ACTIVE, minutes=1),
    subscribed(SubscriptionStatus.PAST_DUE, minutes=2),
    subscribed(SubscriptionStatus.ACTIVE, minutes=3),
]


@pytest.mark.parametrize("order", list(itertools.permutations(WORDS)))
def test_in_whatever_order_snapshots_arrive_the_latest_stays(order):
    world = make_world()
    for word in order:
        tell(world, word)

    [kept] = world.objects.values()
    assert kept.status == SubscriptionStatus.ACTIVE
    assert kept.fact == WORDS[3]


def test_an_overtaken_word_is_stale_and_the_same_status_is_no_news():
    world = tell(make_world(), subscribed(minutes=2))
    tell(
        world,
        subscribed(SubscriptionStatus.PAST_DUE, minutes=1),
        subscribed(minutes=1),
        subscribed(minutes=3),
    )

    assert world.audits == ["subscription.active", "subscription.stale"]


def test_of_two_words_of_one_second_the_later_in_a_life_stays():
    world = tell(make_world(), subscribed(SubscriptionStatus.ACTIVE))
    tell(world, subscribed(SubscriptionStatus.INCOMPLETE))

    [kept] = world.objects.values()
    assert kept.status == SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("moment", [NOON, None])
def test_a_word_that_was_kept_has_the_stamp_it_was_told_with(moment):
    told = stamp(moment, SubscriptionStatus.TRIALING, "evt_1")

    assert stored_stamp(told.occurred_at, told.rank, told.key) == told
    assert told.occurred_at == moment
