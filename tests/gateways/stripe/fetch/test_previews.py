"""What a change of plan would cost, by Stripe's own sum."""

from typing import Any

import pytest

from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused
from bursar.gateways.api.requests import ChangeAt, ChangeSubscription, Proration
from bursar.gateways.stripe.api import StripeApi
from tests.gateways.stripe.calls.scripted import Script, error, told

STANDING = {
    "id": "sub_1",
    "object": "subscription",
    "items": {"object": "list", "data": [{"id": "si_1", "price": {"id": "price_old"}}]},
}


def line(amount: int, *, proration: bool) -> dict[str, Any]:
    details = {"proration": proration, "subscription": "sub_1"}
    return {"amount": amount, "currency": "usd", "parent": {"subscription_item_details": details}}


INVOICE = {
    "object": "invoice",
    "amount_due": 3_500,
    "currency": "usd",
    "lines": {
        "object": "list",
        "data": [line(-1_500, proration=True), line(5_000, proration=True), line(-100, proration=False)],
    },
}


def change(proration: Proration, at: ChangeAt = ChangeAt.NOW) -> ChangeSubscription:
    return ChangeSubscription(subscription="sub_1", price="price_new", quantity=2, proration=proration, at=at)


@pytest.mark.parametrize(
    ("proration", "sent", "due_now_minor", "next_minor"),
    [
        (Proration.INVOICE_NOW, "always_invoice", 3_500, None),
        (Proration.NEXT_INVOICE, "create_prorations", 0, 3_500),
        (Proration.NONE, "none", 0, 3_500),
    ],
)
def test_what_is_due_now_depends_on_when_it_is_invoiced(
    api, script, proration, sent, due_now_minor, next_minor
):
    script.say(told(STANDING), told(INVOICE))

    preview = api.preview_change(change(proration))

    asked = script.asked[1]
    assert (preview.due_now_minor, preview.next_amount_minor) == (due_now_minor, next_minor)
    assert (preview.credit_minor, preview.currency) == (1_500, "USD")
    assert asked.path == "/v1/invoices/create_preview"
    assert asked.params["subscription_details[proration_behavior]"] == [sent]
    assert asked.params["subscription_details[items][0][id]"] == ["si_1"]
    assert asked.params["subscription_details[items][0][quantity]"] == ["2"]


def test_a_preview_changes_nothing_so_a_failed_one_is_just_away(api: StripeApi, script: Script):
    script.say(told(STANDING), error(500, type="api_error"))

    with pytest.raises(GatewayAway):
        api.preview_change(change(Proration.INVOICE_NOW))


def test_a_change_that_cannot_be_asked_for_has_no_price(api: StripeApi, script: Script):
    script.say(told(STANDING))

    with pytest.raises(GatewayRefused) as refused:
        api.preview_change(change(Proration.NONE, ChangeAt.PERIOD_END))

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
