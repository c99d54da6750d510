"""Limits of plans, counted among many at once, and once per key."""

import threading
from uuid import uuid4

import pytest

from bursar.rules.limits import AmountRefused, LimitPer, LimitReached, LimitUnknown
from models.queries import limits, plans
from models.queries.limits import KeyReused
from models.session import transaction
from tasks.limits import check_limit, consume, give_back, standings
from tasks.subscriptions import Change, change
from tests.support.factories import value
from tests.support.toy.subscriptions import told
from tests.tasks.steps import tell
from tests.tasks.subscribing import activate, payer, running, standing

__all__ = ["payer", "running"]


def allow(plan: str, name: str, maximum: int | None, per: LimitPer = LimitPer.EVER) -> None:
    with transaction() as session:
        limits.set_limit(session, plans.get(session, plan).id, name, maximum, per)


def renew(toy, subscription, period_start_s: int) -> None:
    external_id = value("SELECT external_id FROM subscriptions WHERE id = %s", subscription)
    found = told(toy, external_id, status="active", period_start=period_start_s, id=f"evt_{period_start_s}")
    tell(found.document, gateway="toy")


@pytest.fixture
def customer(running):
    allow("basic", "seats", 3)
    return standing(running).customer_id


def test_what_a_plan_allows_is_taken_and_beyond_it_refused(customer):
    assert consume(customer, "seats", 2, key="a").left == 1
    assert check_limit(customer, "seats").left == 1

    with pytest.raises(
        LimitReached, match="the plan basic allows 3 seats at once; 2 are used, 2 more are too"
    ):
        consume(customer, "seats", 2, key="b")
    with pytest.raises(LimitReached):
        check_limit(customer, "seats", 2)

    assert consume(customer, "seats", 1, key="b").left == 0


def test_the_same_use_counts_once_and_is_no_error_even_when_nothing_is_left(customer):
    for _ in range(2):
        assert consume(customer, "seats", 3, key="class-7").used == 3

    with pytest.raises(KeyReused, match="stands for 3 seats"):
        consume(customer, "seats", 1, key="class-7")


def test_what_is_given_back_is_free_again(customer):
    consume(customer, "seats", 3, key="in")

    assert give_back(customer, "seats", 2, key="out").left == 2
    assert give_back(customer, "seats", 2, key="out").left == 2

    with pytest.raises(AmountRefused, match="1 seats are used: 2 cannot be given back"):
        give_back(customer, "seats", 2, key="more")
    assert check_limit(customer, "seats").used == 1


def test_many_at_once_never_take_more_than_there_is(customer):
    start, taken, refused = threading.Barrier(8), [], []

    def take(n: int) -> None:
        start.wait()
        try:
            taken.append(consume(customer, "seats", key=f"seat-{n}"))
        except LimitReached as error:
            refused.append(error)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert (len(taken), len(refused)) == (3, 5)
    assert value("SELECT used FROM usages") == 3


def test_a_new_billing_period_is_counted_anew(toy, running, customer):
    allow("basic", "messages", 10, LimitPer.PERIOD)
    renew(toy, running, 1_790_000_000)
    consume(customer, "messages", 10, key="october")

    renew(toy, running, 1_792_678_400)

    assert check_limit(customer, "messages").left == 10
    assert consume(customer, "messages", 4, key="november").left == 6


def test_who_moves_to_another_plan_keeps_what_was_used(toy, running, customer):
    allow("gold", "seats", 5)
    consume(customer, "seats", 3, key="a")

    change(running, Change(plan="gold"), "desk", here=True)
    standing(running)

    assert check_limit(customer, "seats").left == 2


def test_who_moves_to_a_smaller_plan_loses_nothing_and_gets_no_more(customer):
    consume(customer, "seats", 3, key="a")

    allow("basic", "seats", 1)

    with pytest.raises(LimitReached):
        consume(customer, "seats", key="b")
    assert [(each.used, each.left) for each in standings(customer)] == [(3, 0)]
    assert give_back(customer, "seats", 3, key="c").left == 1


def test_without_a_maximum_it_is_only_counted(customer):
    allow("basic", "seats", None)

    assert consume(customer, "seats", 1_000_000, key="a").left is None


@pytest.mark.parametrize("status", ["canceled", "unpaid", "paused", "incomplete"])
def test_a_subscription_that_does_not_run_allows_nothing(toy, running, customer, status):
    activate(toy, running, status)

    with pytest.raises(LimitUnknown, match="no running subscription"):
        consume(customer, "seats", key="a")


def test_a_renewal_that_failed_takes_nothing_away_at_once(toy, running, customer):
    activate(toy, running, "past_due")

    assert consume(customer, "seats", key="a").left == 2


def test_a_limit_that_was_removed_is_unknown_and_its_count_stays(customer):
    consume(customer, "seats", key="a")

    with transaction() as session:
        plan = plans.get(session, "basic").id
        assert limits.remove_limit(session, plan, "seats")
        assert not limits.remove_limit(session, plan, "seats")
        assert limits.limits_of_plan(session, plan) == []

    with pytest.raises(LimitUnknown):
        check_limit(customer, "seats")
    allow("basic", "seats", 3)
    assert check_limit(customer, "seats").used == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_is_an_id_and_not_a_payload(customer, key):
    with pytest.raises(AmountRefused, match="1 to 200 characters"):
        consume(customer, "seats", key=key)


def test_a_stranger_is_allowed_nothing(running):
    with pytest.raises(LimitUnknown):
        check_limit(uuid4(), "seats")
