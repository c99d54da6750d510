"""What a customer saved, by what a person recognises."""

from typing import Any

import pytest

from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.stripe.api import StripeApi
from tests.gateways.contract import KEY, customer
from tests.gateways.stripe.calls.played import StripeHand
from tests.gateways.stripe.calls.scripted import Script, told

CARD = {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2028, "fingerprint": "abc"}


@pytest.mark.parametrize(
    ("details", "label", "expires"),
    [
        ({"type": "card", "card": CARD}, "visa •••• 4242", "2028-04"),
        ({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}, "sepa_debit •••• 3000", None),
        ({"type": "link", "link": {"email": "ada@example.com"}}, "link", None),
        ({"type": "card", "card": CARD | {"last4": "4242424242424242"}}, "visa", "2028-04"),
    ],
)
def test_a_way_to_pay_has_a_label_and_nothing_that_identifies_it(
    api: StripeApi, script: Script, details: dict[str, Any], label, expires
):
    saved = {"id": "pm_1", "object": "payment_method", "customer": "cus_1"} | details
    script.say(told({"object": "list", "url": "/v1/payment_methods", "has_more": False, "data": [saved]}))

    (method,) = api.list_payment_methods("cus_1")

    assert (method.payment_method, method.kind) == ("pm_1", details["type"])
    assert (method.label, method.expires) == (label, expires)


def test_somebody_who_saved_nothing_has_none(hand: StripeHand):
    made = hand.api.perform(customer(), KEY)

    assert hand.api.list_payment_methods(made.customer) == ()


def test_a_list_that_is_none_names_what_is_wrong(api: StripeApi, script: Script):
    script.say(told({"object": "list", "data": [{"object": "payment_method"}]}))

    with pytest.raises(GatewayRefused) as refused:
        api.list_payment_methods("cus_1")

    assert refused.value.failure.code is FailureCode.INVALID
