"""Subscriptions begun at the toy gateway: once for one wish, after the record of their customer."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.requests import (
    CreateCustomer,
    CreateSubscription,
)
from bursar.rules.routing import NoGateway
from models.queries.plans import PlanUnknown, PriceTaken
from models.session import transaction
from tasks.customers import sync_customers
from tasks.events import apply_events
from tasks.offers import NoPrice
from tasks.payments import reconcile
from tasks.subscriptions import (
    AlreadySubscribed,
    OutOfBounds,
    Start,
    change_subscriptions,
    start,
)
from tests.support.factories import link_gateway_customer, make_customer, make_plan, value
from tests.support.toy.api import away, lost, refused
from tests.tasks.steps import hurry, open_breaks, twice
from tests.tasks.subscribing import activate, asked, payer, running, standing

__all__ = ["payer", "running"]


def test_a_subscription_is_begun_by_a_worker_and_tells_where_the_payer_goes(toy, payer):
    made = start(Start(customer_id=payer.id, plan="basic", quantity=2, trial_days=7, cycles=12))
    assert standing(made).status == "requested"

    twice(change_subscriptions)

    [request] = asked(toy, CreateSubscription)
    assert (request.subscription, request.price, request.customer) == (
        str(made),
        "price_basic",
        "toy_cus_kept",
    )
    assert (request.quantity, request.trial_days, request.cycles) == (2, 7, 12)
    assert request.purpose.customer == payer.external_ref
    row = standing(made)
    assert (row.status, row.plan, row.external_id) == ("incomplete", "basic", "toy_sub_1")
    assert (row.approval_url, row.client_secret) == ("https://toy.example/approve/1", "secret")


def test_who_begins_one_here_makes_no_call_of_others(toy, payer):
    other = make_customer()
    waiting = start(Start(customer_id=payer.id, plan="basic"))

    made = start(Start(customer_id=other.id, plan="basic"), here=True)

    assert standing(made).status == "incomplete"  # the record that it needed was made here, too
    assert standing(waiting).status == "requested"


def test_a_lost_message_is_no_loss_the_call_is_due_without_it(toy, payer):
    made = start(Start(customer_id=payer.id, plan="basic"))

    reconcile()

    assert standing(made).status == "incomplete"


def test_a_lost_answer_is_asked_for_and_nothing_is_begun_twice(toy, payer):
    toy.after = [lost()]

    made = start(Start(customer_id=payer.id, plan="basic"), here=True)
    assert standing(made).status == "requested"
    hurry("gateway_calls")
    reconcile()

    assert standing(made).external_id == "toy_sub_1"
    assert len(asked(toy, CreateSubscription)) == 1


def test_the_same_wish_while_the_payer_has_not_paid_is_the_same_subscription(toy, payer):
    wish = Start(customer_id=payer.id, plan="basic")

    first = start(wish)
    assert start(wish, here=True) == first
    reconcile()
    apply_events()

    assert start(wish, here=True) == first
    assert len(asked(toy, CreateSubscription)) == 1


@pytest.mark.parametrize(
    "other", [{"quantity": 2}, {"trial_days": 7}, {"cycles": 3}, {"currency": "USD"}], ids=str
)
def test_another_wish_for_a_plan_that_waits_for_its_payer_is_refused(payer, other):
    make_plan("both", ("INR", "toy:test", "price_in"), ("USD", "toy:test", "price_us"))
    wish = {"customer_id": payer.id, "plan": "both", "currency": "INR"}
    start(Start(**wish), here=True)

    with pytest.raises(AlreadySubscribed, match=r"cancel .* --at now"):
        start(Start(**{**wish, **other}))


def test_two_desks_at_once_begin_one_subscription(toy, payer):
    wish = Start(customer_id=payer.id, plan="basic")

    with ThreadPoolExecutor(2) as desks:
        made = set(desks.map(start, [wish, wish]))
    change_subscriptions()

    assert len(made) == 1
    assert len(asked(toy, CreateSubscription)) == 1


def test_a_plan_that_runs_is_not_begun_again_and_the_cure_is_said(payer, running):
    with pytest.raises(AlreadySubscribed, match=f"bursar subscriptions change {running}"):
        start(Start(customer_id=payer.id, plan="basic"))


@pytest.mark.parametrize("ending", ["canceled", "incomplete_expired"])
def test_after_its_end_a_plan_can_be_begun_anew(toy, payer, running, ending):
    activate(toy, running, ending)

    assert start(Start(customer_id=payer.id, plan="basic"), here=True) != running


def test_a_refusal_fails_it_with_the_reason_and_leaves_room_for_another_try(toy, payer):
    toy.before = [refused(FailureCode.INVALID)]
    wish = Start(customer_id=payer.id, plan="basic")

    made = start(wish, here=True)

    assert (standing(made).status, standing(made).failure) == ("failed", "invalid: no")
    assert start(wish, here=True) != made


# -- begun before there is a record of the customer


def test_who_has_no_record_gets_one_first(toy, payer):
    other = make_customer()

    made = start(Start(customer_id=other.id, plan="basic"), here=True)

    assert [type(request) for _, request in toy.sent] == [CreateCustomer, CreateSubscription]
    assert asked(toy, CreateSubscription)[0].customer == "toy_cus_1"
    assert standing(made).status == "incomplete"


def test_a_gateway_that_keeps_no_customers_begins_it_without_one(toy, payer):
    other = make_customer()
    toy.before = [refused(FailureCode.UNSUPPORTED)]

    first = start(Start(customer_id=other.id, plan="basic"), here=True)
    second = start(Start(customer_id=other.id, plan="gold"), here=True)

    assert [request.customer for request in asked(toy, CreateSubscription)] == [None, None]
    assert len(asked(toy, CreateCustomer)) == 1
    assert standing(first).status == standing(second).status == "incomplete"
    assert open_breaks() == []


def test_two_plans_wait_for_one_record(toy, payer):
    other = make_customer()
    made = [start(Start(customer_id=other.id, plan=plan)) for plan in ("basic", "gold")]

    twice(change_subscriptions)

    assert len(asked(toy, CreateCustomer)) == 1
    assert {standing(each).status for each in made} == {"incomplete"}


def test_a_record_that_was_to_be_made_later_is_made_now_for_whoever_waits(toy, payer):
    other = make_customer()
    toy.before = [away()]
    sync_customers([other.id])

    made = start(Start(customer_id=other.id, plan="basic"), here=True)

    assert standing(made).status == "incomplete"


def test_a_gateway_that_never_answers_fails_what_waited(toy, payer):
    other = make_customer()
    made = start(Start(customer_id=other.id, plan="basic"))
    toy.before = [away()] * 8
    with transaction() as session:
        session.connection().exec_driver_sql("UPDATE gateway_calls SET created_at = now() - interval '7 h'")

    for _ in range(8):
        reconcile()
        hurry("gateway_calls")

    assert standing(made).status == "failed"
    assert "unreachable" in standing(made).failure


# -- refused before anything is asked


@pytest.mark.parametrize(
    ("wish", "error", "said"),
    [
        ({"plan": "platinum"}, PlanUnknown, "bursar plans list"),
        ({"plan": "basic", "currency": "USD"}, NoPrice, "bursar plans map basic --currency USD"),
        ({"plan": "basic", "gateway": "yoyo"}, NoGateway, "yoyo is not configured"),
        ({"plan": "basic", "quantity": 0}, OutOfBounds, "quantity is 0: it must be between 1 and 10000"),
        ({"plan": "basic", "trial_days": 731}, OutOfBounds, "trial_days is 731"),
        ({"plan": "basic", "cycles": 0}, OutOfBounds, "cycles is 0"),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_is_refused_with_the_cure_and_nothing_is_recorded(payer, wish, error, said):
    with pytest.raises(error, match=said):
        start(Start(customer_id=payer.id, **wish))

    assert value("SELECT count(*) FROM subscriptions") == 0


def test_a_plan_of_several_currencies_needs_one_named(toy, payer):
    make_plan("world", ("INR", "toy:test", "price_in"), ("USD", "toy:test", "price_us"))

    with pytest.raises(NoPrice, match="has prices in INR, USD: name one"):
        start(Start(customer_id=payer.id, plan="world"))
    start(Start(customer_id=payer.id, plan="world", currency="USD"), here=True)

    assert asked(toy, CreateSubscription)[0].price == "price_us"


def test_a_plan_is_sold_where_it_has_a_price_and_at_the_newest(toy, second_toy, payer):
    make_plan("there", ("INR", "yoyo:test", "price_1"), ("INR", "yoyo:test", "price_2"))
    link_gateway_customer(payer, "yoyo_cus_1", account="yoyo:test")

    made = start(Start(customer_id=payer.id, plan="there"), here=True)

    assert asked(second_toy, CreateSubscription)[0].price == "price_2"
    assert standing(made).plan == "there"


def test_an_id_of_a_gateway_means_one_plan(payer):
    with pytest.raises(PriceTaken, match="is the plan basic already"):
        make_plan("other", ("INR", "toy:test", "price_basic"))
