"""Whatever is answered, only our own failures come out, and no write is called undone that may be done."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import GatewayAway, GatewayRefused, KeyReused, OutcomeUnknown
from bursar.gateways.api.requests import (
    CancelSubscription,
    ChangeAt,
    CreateIntent,
    ExpireCheckout,
    Purpose,
    Request,
)
from bursar.gateways.stripe.api import StripeApi
from tests.gateways.contract import KEY, checkout, customer, refund
from tests.gateways.stripe.calls.scripted import Answer, scripted

REQUESTS = (
    customer(),
    checkout("USD"),
    refund("pi_1", 500, "USD"),
    ExpireCheckout(checkout="cs_1"),
    CancelSubscription(subscription="sub_1", at=ChangeAt.NOW),
    CreateIntent(
        checkout="0197f0c0-checkout",
        purpose=Purpose(),
        amount_minor=500,
        currency="USD",
        description="Spring term",
    ),
)
ANSWERS_OF_READS = (GatewayAway, GatewayRefused, KeyReused, Misconfigured)
OURS = (*ANSWERS_OF_READS, OutcomeUnknown)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "id", "object", "status", "error", "type", "code", "message", "param", "data", "created", "url",
        "last_payment_error", "next_action", "latest_charge", "payment_intent", "pause_collection", "items",
        "client_secret", "expires_at", "livemode", "metadata", "has_more", "decline_code", "deleted",
    ]
)  # fmt: skip
OBJECTS = st.dictionaries(FIELDS, VALUES, max_size=8)
BODIES = st.one_of(
    VALUES,
    OBJECTS,
    OBJECTS.map(lambda thing: {"id": "obj_1", "object": "payment_intent"} | thing),
    OBJECTS.map(lambda said: {"error": said}),
)
STATUSES = st.sampled_from([200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 422, 424, 429, 500, 502, 503])


def property_of(check: Callable[[StripeApi, int, Request[Any]], None]) -> None:
    """Run a check for many answers in front of one server."""
    with scripted() as server:
        api = server.api()

        @hypothesis.given(STATUSES, BODIES, st.sampled_from(REQUESTS))
        def answered(status, body, request):
            server.answers.clear()
            server.asked.clear()
            server.say(*[Answer(status, json.dumps(body).encode())] * 3)
            check(api, status, request)

        answered()
        api.close()


def test_nothing_of_the_sdk_comes_out_of_a_call():
    def check(api, _status, request):
        with suppress(*OURS):
            api.perform(request, KEY)

    property_of(check)


def test_a_write_is_called_undone_only_where_stripe_said_so():
    def check(api, status, request):
        try:
            api.perform(request, KEY)
        except (GatewayAway, GatewayRefused, KeyReused, Misconfigured):
            assert 400 <= status < 500
        except OutcomeUnknown:
            pass

    property_of(check)


def test_nothing_of_the_sdk_comes_out_of_a_question():
    def check(api, _status, _request):
        with suppress(*ANSWERS_OF_READS):
            api.fetch("payment_intent", "pi_1")
        with suppress(*ANSWERS_OF_READS):
            api.list_payment_methods("cus_1")
        with suppress(*ANSWERS_OF_READS):
            api.ask(customer(), KEY, utc_now() - timedelta(days=3))

    property_of(check)
