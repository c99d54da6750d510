"""Subscriptions at the toy gateway: one open change each, and states that only the gateway's word sets."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused
from bursar.gateways.api.requests import (
    ChangeAt,
    ChangeSubscription,
    Proration,
)
from bursar.rules.subscriptions import NotNow
from models.queries.subscriptions import SubscriptionUnknown
from tasks.events import apply_events
from tasks.offers import NoPrice
from tasks.payments import reconcile
from tasks.subscriptions import (
    Change,
    ChangeInFlight,
    Start,
    cancel,
    change,
    change_subscriptions,
    pause,
    preview,
    resume,
    start,
)
from tests.support.factories import make_plan, rows, value
from tests.support.toy.api import away, refused
from tests.tasks.steps import broken, open_breaks, twice
from tests.tasks.subscribing import activate, asked, payer, running, standing

__all__ = ["payer", "running"]

GOLD = Change(plan="gold")


def test_the_state_is_what_the_gateway_said_last_and_not_what_was_asked(toy, running):
    assert standing(running).status == "active"

    pause(running, "desk")
    assert standing(running).status == "active"
    reconcile()
    assert standing(running).status == "paused"
    activate(toy, running, "canceled")

    assert standing(running).status == "canceled"


def test_a_change_is_one_call_and_the_register_says_when_it_is_so(toy, running):
    change(running, Change(plan="gold", quantity=3, proration=Proration.NEXT_INVOICE), "desk")
    assert standing(running).plan == "basic"

    twice(change_subscriptions)

    [request] = asked(toy, ChangeSubscription)
    assert (request.price, request.quantity, request.proration) == ("price_gold", 3, Proration.NEXT_INVOICE)
    assert (standing(running).plan, standing(running).quantity) == ("gold", 3)
    people = "subject_type = 'subscription' AND actor <> 'bursar'"
    assert rows(f"SELECT action, actor FROM audit_log WHERE {people} ORDER BY id") == [
        ("subscription.requested", "host"),
        ("subscription.change_subscription", "desk"),
    ]


def test_without_a_quantity_there_are_as_many_as_before(toy, payer):
    made = start(Start(customer_id=payer.id, plan="basic", quantity=5), here=True)
    activate(toy, made)

    change(made, GOLD, "desk", here=True)

    assert asked(toy, ChangeSubscription)[0].quantity == 5


def test_a_change_while_another_is_open_is_refused_and_says_which(running):
    change(running, GOLD, "desk")

    with pytest.raises(ChangeInFlight, match=r"change_subscription of .* has not ended yet: wait"):
        pause(running, "desk")
    reconcile()

    pause(running, "desk")


def test_of_two_changes_at_once_one_is_made(toy, running):
    def ask(act):
        try:
            act()
        except ChangeInFlight:
            return "refused"
        return "asked"

    with ThreadPoolExecutor(2) as desks:
        acts = [lambda: pause(running, "one"), lambda: cancel(running, ChangeAt.NOW, "other")]
        ended = sorted(desks.map(ask, acts))

    assert ended == ["asked", "refused"]
    assert value("SELECT count(*) FROM gateway_calls WHERE state = 'pending'") == 1


def test_pausing_resuming_and_ending_are_asked_for_where_they_can_be(toy, running):
    pause(running, "desk", here=True)
    assert standing(running).status == "paused"
    with pytest.raises(NotNow, match="is paused: only one that is trialing, active, past_due"):
        pause(running, "desk")

    resume(running, "desk", here=True)
    assert standing(running).status == "active"

    cancel(running, ChangeAt.PERIOD_END, "desk", here=True)
    assert (standing(running).status, standing(running).cancel_at_period_end) == ("active", True)

    cancel(running, ChangeAt.NOW, "desk", here=True)
    assert standing(running).status == "canceled"
    assert broken() == []


def test_what_its_payer_has_not_paid_yet_cannot_be_changed(payer):
    made = start(Start(customer_id=payer.id, plan="basic"))

    with pytest.raises(ChangeInFlight):
        pause(made, "desk")
    reconcile()
    with pytest.raises(NotNow, match="has not told"):
        pause(made, "desk")
    apply_events()
    with pytest.raises(NotNow, match="is incomplete"):
        pause(made, "desk")


def test_a_refused_change_waits_for_a_person_and_leaves_the_subscription_as_it_is(toy, running):
    toy.before = [refused(FailureCode.UNSUPPORTED)]

    change(running, GOLD, "desk", here=True)

    row = standing(running)
    assert (row.plan, row.status, row.last_error) == ("basic", "active", "unsupported: no")
    assert open_breaks() == ["call_refused"]


# -- previewed


def test_what_a_change_costs_is_the_gateways_own_sum_and_changes_nothing(toy, running):
    seen = preview(running, GOLD)

    assert (seen.due_now_minor, seen.credit_minor, seen.currency) == (150_00, 50_00, "INR")
    assert asked(toy, ChangeSubscription) == []
    assert standing(running).changing is None


@pytest.mark.parametrize("error", [away(), refused(FailureCode.UNSUPPORTED)])
def test_a_preview_that_is_not_to_be_had_says_why(toy, running, error):
    toy.when_read = [error]

    with pytest.raises((GatewayAway, GatewayRefused), match=str(error)):
        preview(running, GOLD)


def test_a_change_to_a_plan_without_a_price_there_is_refused(running):
    make_plan("dollars", ("USD", "toy:test", "price_usd"))

    with pytest.raises(NoPrice, match="dollars has no INR price at toy"):
        change(running, Change(plan="dollars"), "desk")


def test_what_nobody_subscribed_to_is_unknown(toy):
    with pytest.raises(SubscriptionUnknown):
        pause(UUID(int=7), "desk")
