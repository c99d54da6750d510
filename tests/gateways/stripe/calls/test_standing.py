"""What became of a call that changes an object: the object itself tells."""

from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import Capture, ConfirmIntent, ExpireCheckout
from bursar.gateways.stripe.api import StripeApi
from tests.gateways.contract import KEY
from tests.gateways.stripe.calls.scripted import Script, told


def standing(kind: str, **changes: object) -> dict[str, object]:
    return {"id": "obj_1", "object": kind, **changes}


def error_of(method: str) -> dict[str, object]:
    return {"code": "card_declined", "payment_method": {"id": method}, "type": "card_error"}


CONFIRM = ConfirmIntent(payment="pi_1", payment_method="pm_1", return_url="https://school.example/paid")
CAPTURE = Capture(payment="pi_1", amount_minor=500, currency="USD")
EXPIRE = ExpireCheckout(checkout="cs_1")


@pytest.mark.parametrize(
    ("request_", "thing", "is_done"),
    [
        (CONFIRM, standing("payment_intent", status="succeeded"), True),
        (CONFIRM, standing("payment_intent", status="requires_action"), True),
        (CONFIRM, standing("payment_intent", status="requires_confirmation"), False),
        (CONFIRM, standing("payment_intent", status="requires_payment_method"), False),
        (
            CONFIRM,
            standing("payment_intent", status="requires_payment_method", last_payment_error=error_of("pm_2")),
            False,
        ),
        (CAPTURE, standing("payment_intent", status="succeeded"), True),
        (CAPTURE, standing("payment_intent", status="canceled"), True),
        (CAPTURE, standing("payment_intent", status="requires_capture"), False),
        (EXPIRE, standing("checkout.session", status="expired"), True),
        (EXPIRE, standing("checkout.session", status="complete"), True),
        (EXPIRE, standing("checkout.session", status="open"), False),
    ],
)
def test_what_changes_an_object_is_asked_of_the_object(api, script, request_, thing, is_done):
    script.say(told(thing))

    result = api.ask(request_, KEY, utc_now() - timedelta(days=3))

    assert (result is not None) is is_done
    assert [asked.method for asked in script.asked] == ["GET"]


def test_a_confirmation_that_was_declined_is_found_as_a_decline(api: StripeApi, script: Script):
    failed = standing("payment_intent", status="requires_payment_method", last_payment_error=error_of("pm_1"))
    script.say(told(failed))

    with pytest.raises(GatewayRefused) as refused:
        api.ask(CONFIRM, KEY, utc_now() - timedelta(days=3))

    assert refused.value.failure.code is FailureCode.DECLINED
    assert refused.value.failure.object_id == "obj_1"
