"""What is sent to begin, change, pause and end a subscription, and how a lost answer is found."""

from datetime import timedelta
from typing import Any

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    ChangeSubscription,
    CreateSubscription,
    PauseSubscription,
    Proration,
    Purpose,
    ResumeSubscription,
)
from bursar.gateways.stripe.api import StripeApi
from bursar.rules.facts import SubscriptionFact
from bursar.rules.states import SubscriptionStatus
from tests.gateways.contract import KEY, of
from tests.gateways.stripe.calls.scripted import Script, error, told

LONG_AGO = timedelta(days=3)
ITEM = {"id": "si_1", "object": "subscription_item", "price": {"id": "price_old"}, "quantity": 1}
CREATE = CreateSubscription(
    subscription="0197f0c0-subscription",
    purpose=Purpose(customer="learner-7", track="photography"),
    customer="cus_1",
    price="price_old",
    trial_days=14,
)
UPGRADE = ChangeSubscription(subscription="sub_1", price="price_new", quantity=2)
PAUSE, RESUME = PauseSubscription(subscription="sub_1"), ResumeSubscription(subscription="sub_1")
CANCEL = CancelSubscription(subscription="sub_1")
CANCEL_NOW = CancelSubscription(subscription="sub_1", at=ChangeAt.NOW)


def subscription(**changes: Any) -> dict[str, Any]:
    """A subscription as Stripe shows it."""
    return {
        "id": "sub_1",
        "object": "subscription",
        "status": "active",
        "customer": "cus_1",
        "items": {"object": "list", "data": [ITEM]},
        "metadata": {"customer": "learner-7"},
        **changes,
    }


def item(price: str, quantity: int = 1) -> dict[str, Any]:
    return {"object": "list", "data": [ITEM | {"price": {"id": price}, "quantity": quantity}]}


def test_a_subscription_begins_unpaid_and_brings_what_the_payers_page_needs(api: StripeApi, script: Script):
    invoice = {"id": "in_1", "object": "invoice", "confirmation_secret": {"client_secret": "pi_1_secret_x"}}
    script.say(told(subscription(status="incomplete", latest_invoice=invoice)))

    begun = api.perform(CREATE, KEY)

    (asked,) = script.asked
    (fact,) = of(SubscriptionFact, api, *begun.found)
    assert (begun.subscription, begun.status) == ("sub_1", SubscriptionStatus.INCOMPLETE)
    assert begun.client_secret == "pi_1_secret_x"
    assert b"pi_1_secret_x" not in begun.found[0].document
    assert fact.customer == "learner-7"
    assert asked.params["items[0][price]"] == ["price_old"]
    assert asked.params["trial_period_days"] == ["14"]
    assert asked.params["payment_behavior"] == ["default_incomplete"]
    assert asked.params["metadata[track]"] == ["photography"]
    assert asked.params["metadata[bursar_call]"] == [KEY]
    assert asked.headers["idempotency-key"] == KEY


@pytest.mark.parametrize(
    ("proration", "sent"),
    [
        (Proration.INVOICE_NOW, "always_invoice"),
        (Proration.NEXT_INVOICE, "create_prorations"),
        (Proration.NONE, "none"),
    ],
)
def test_a_change_moves_the_only_item_and_says_what_becomes_of_the_money(api, script, proration, sent):
    script.say(told(subscription()), told(subscription(items=item("price_new", 2))))
    request = ChangeSubscription(subscription="sub_1", price="price_new", quantity=2, proration=proration)

    changed = api.perform(request, KEY)

    _read, asked = script.asked
    (fact,) = of(SubscriptionFact, api, *changed.found)
    assert fact.plans == ("price_new",)
    assert asked.params["items[0][id]"] == ["si_1"]
    assert asked.params["items[0][price]"] == ["price_new"]
    assert asked.params["items[0][quantity]"] == ["2"]
    assert asked.params["proration_behavior"] == [sent]
    assert asked.params["payment_behavior"] == ["pending_if_incomplete"]


def test_a_change_at_the_end_of_the_period_is_not_to_be_had_in_one_request(api: StripeApi, script: Script):
    script.say(told(subscription()))

    with pytest.raises(GatewayRefused) as refused:
        api.perform(ChangeSubscription(subscription="sub_1", price="price_new", at=ChangeAt.PERIOD_END), KEY)

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
    assert {asked.method for asked in script.asked} == {"GET"}


def test_of_several_items_none_is_changed(api: StripeApi, script: Script):
    script.say(told(subscription(items={"data": [ITEM, ITEM | {"id": "si_2"}]})))

    with pytest.raises(GatewayRefused) as refused:
        api.perform(UPGRADE, KEY)

    assert "has 2 items" in refused.value.failure.message
    assert len(script.asked) == 1


def test_a_change_that_could_not_begin_did_not_act(api: StripeApi, script: Script):
    script.say(error(500, type="api_error"))

    with pytest.raises(GatewayAway):
        api.perform(UPGRADE, KEY)

    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (PAUSE, {"pause_collection[behavior]": ["void"]}),
        (RESUME, {"pause_collection": [""]}),
        (CANCEL, {"cancel_at_period_end": ["true"]}),
    ],
    ids=["pause", "resume", "cancel at the end"],
)
def test_the_rest_is_one_update_under_our_key(api, script, request_, sent):
    script.say(told(subscription()))

    api.perform(request_, KEY)

    (asked,) = script.asked
    assert (asked.method, asked.path) == ("POST", "/v1/subscriptions/sub_1")
    assert asked.params == sent
    assert asked.headers["idempotency-key"] == KEY


def test_a_paused_subscription_is_called_paused(api: StripeApi, script: Script):
    script.say(told(subscription(pause_collection={"behavior": "void"})))

    assert api.perform(PAUSE, KEY).status is SubscriptionStatus.PAUSED


def test_ending_at_once_is_a_delete(api: StripeApi, script: Script):
    script.say(told(subscription(status="canceled")))

    assert api.perform(CANCEL_NOW, KEY).status is SubscriptionStatus.CANCELED
    assert script.asked[0].method == "DELETE"


def test_what_has_ended_already_is_no_failure(api: StripeApi, script: Script):
    gone = error(404, type="invalid_request_error", code="resource_missing")
    script.say(gone, told(subscription(status="canceled")))

    assert api.perform(CANCEL_NOW, KEY).status is SubscriptionStatus.CANCELED


def test_a_state_we_do_not_know_leaves_the_outcome_unknown(api: StripeApi, script: Script):
    script.say(told(subscription(status="hibernating")))

    with pytest.raises(OutcomeUnknown):
        api.perform(PAUSE, KEY)


PAUSED = subscription(pause_collection={"behavior": "void"})
PENDING = {"subscription_items": [ITEM | {"price": {"id": "price_new"}, "quantity": 2}]}


@pytest.mark.parametrize(
    ("request_", "standing", "is_done"),
    [
        (UPGRADE, subscription(items=item("price_new", 2)), True),
        (UPGRADE, subscription(pending_update=PENDING), True),
        (UPGRADE, subscription(items=item("price_new", 1)), False),
        (UPGRADE, subscription(), False),
        (PAUSE, PAUSED, True),
        (PAUSE, subscription(), False),
        (RESUME, subscription(), True),
        (RESUME, PAUSED, False),
        (CANCEL, subscription(cancel_at_period_end=True), True),
        (CANCEL, subscription(status="canceled"), True),
        (CANCEL, subscription(), False),
        (CANCEL_NOW, subscription(status="canceled"), True),
        (CANCEL_NOW, subscription(cancel_at_period_end=True), False),
    ],
)
def test_long_after_the_subscription_itself_tells_whether_it_was_changed(
    api, script, request_, standing, is_done
):
    script.say(told(standing))

    result = api.ask(request_, KEY, utc_now() - LONG_AGO)

    assert (result is not None) is is_done
    assert [asked.method for asked in script.asked] == ["GET"]


def test_an_end_whose_answer_was_lost_is_never_asked_for_twice(api: StripeApi, script: Script):
    script.say(told(subscription(status="canceled")), told(subscription()))

    ended = api.ask(CANCEL_NOW, KEY, utc_now())
    with pytest.raises(GatewayAway):
        api.ask(CANCEL_NOW, KEY, utc_now())

    assert ended is not None
    assert [asked.method for asked in script.asked] == ["GET", "GET"]


def test_a_begun_subscription_is_found_by_its_call_ended_ones_too(api: StripeApi, script: Script):
    other = subscription(id="sub_other", metadata={"bursar_call": "another-call"})
    ours = subscription(metadata={"bursar_call": KEY}, status="canceled")
    script.say(told({"object": "list", "url": "/v1/subscriptions", "has_more": False, "data": [other, ours]}))

    result = api.ask(CREATE, KEY, utc_now() - LONG_AGO)

    (asked,) = script.asked
    assert result is not None
    assert result.subscription == "sub_1"
    assert asked.params["status"] == ["all"]
    assert asked.params["customer"] == ["cus_1"]
