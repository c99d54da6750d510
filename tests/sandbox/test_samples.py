import orjson
import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Secret
from bursar.gateways.registry import GATEWAYS
from bursar.sandbox.samples import (
    FETCHED,
    SAMPLES,
    razorpay_payment_events,
    stripe_event,
    stripe_payment_events,
)
from bursar.sandbox.signers import sign_paypal, sign_razorpay, sign_stripe
from tests.support.paypal import OURS, paypal_that_trusts

SECRET = Secret(value=b"whsec_demo_0123456789abcdef", key_id="demo")
NOW_S = 1_795_000_000
SIGN = {
    "stripe": lambda body: sign_stripe(body, SECRET.value, NOW_S),
    "razorpay": lambda body: sign_razorpay(body, SECRET.value),
    "paypal": lambda body: sign_paypal(body, SECRET.value, NOW_S, OURS),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_signed_verified_named_and_read(name):
    gateway, event_type = name.split(":")
    body = SAMPLES[name](amount_minor=4_200, created=NOW_S)
    headers = SIGN[gateway](body)
    verifier = paypal_that_trusts(OURS) if gateway == "paypal" else GATEWAYS[gateway]

    assert verifier.verify(body, headers, [SECRET], NOW_S) == "demo"
    document = strictjson.loads(body)
    assert GATEWAYS[gateway].envelope(document, body, headers).type == event_type
    assert GATEWAYS[gateway].read(event_type, document)


@pytest.mark.parametrize("name", FETCHED)
def test_what_a_fetch_finds_is_read(name):
    gateway, event_type = name.split(":")

    assert isinstance(GATEWAYS[gateway].read(event_type, strictjson.loads(FETCHED[name]())), tuple)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_spelled_as_its_gateway_spells(name):
    body = SAMPLES[name]()
    option = orjson.OPT_INDENT_2 if name.startswith("stripe:") else None

    assert orjson.dumps(orjson.loads(body), option=option) == body


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_about_as_large_as_the_real_thing(name):
    assert 300 < len(SAMPLES[name]()) < 4_096


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_story_is_the_same_event(name):
    assert SAMPLES[name](amount_minor=5) == SAMPLES[name](amount_minor=5)
    assert SAMPLES[name](created=NOW_S) != SAMPLES[name](created=NOW_S + 1)


def test_other_news_of_the_same_payment_is_another_event():
    ids = {
        strictjson.loads(stripe_event(event_type, created=created))["id"]
        for event_type in ("payment_intent.processing", "payment_intent.succeeded")
        for created in (NOW_S, NOW_S + 1)
    }

    assert len(ids) == 4


def test_an_event_id_can_be_given():
    assert strictjson.loads(stripe_event("charge.succeeded", event_id="evt_7"))["id"] == "evt_7"


def test_ids_that_are_not_given_follow_from_the_payment():
    thing = strictjson.loads(stripe_event("refund.created", payment="pi_abc"))["data"]["object"]

    assert (thing["payment_intent"], thing["charge"], thing["id"]) == ("pi_abc", "ch_abc", "re_abc")


def test_an_unknown_type_has_no_sample():
    with pytest.raises(KeyError):
        stripe_event("unheard.of")


def test_a_family_tells_one_payment_from_start_to_end():
    stripe = [strictjson.loads(body)["type"] for body in stripe_payment_events(payment="pi_abc")]
    razorpay = [strictjson.loads(body)["event"] for body in razorpay_payment_events(payment="pay_abc")]

    assert stripe == [
        "payment_intent.processing",
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
    ]
    assert razorpay == ["payment.authorized", "payment.captured", "order.paid"]


def test_currencies_that_stripe_counts_differently_come_back_as_told():
    body = stripe_event("payment_intent.succeeded", amount_minor=1_500, currency="ISK")
    document = strictjson.loads(body)
    (fact,) = GATEWAYS["stripe"].read("payment_intent.succeeded", document)

    assert document["data"]["object"]["amount_received"] == 150_000
    assert (fact.amount_minor, fact.currency) == (1_500, "ISK")
