"""Whatever Razorpay answers, only our own failures come out, and asking never says that it acted."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import GatewayAway, GatewayRefused, KeyReused, OutcomeUnknown
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import (
    CancelSubscription,
    Capture,
    ChangeAt,
    ChangeSubscription,
    Charge,
    CreateSubscription,
    ExpireCheckout,
    Fetch,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.gateways.api.results import Result
from bursar.gateways.razorpay.api import RazorpayApi
from tests.gateways.contract import KEY, PURPOSE, checkout, customer, refund
from tests.gateways.razorpay.calls.making import intent
from tests.gateways.razorpay.calls.scripted import Says, ScriptedServer, api_at

CHARGE = Charge(
    charge="c-1",
    purpose=PURPOSE,
    amount_minor=100,
    currency="INR",
    description="x",
    customer="cust_1",
    payment_method="token_1",
)
CHANGE = ChangeSubscription(subscription="sub_1", price="plan_1", at=ChangeAt.PERIOD_END)
KINDS = ["payment", "order", "payment_link", "invoice", "refund", "dispute", "subscription", "settlement"]
REQUESTS = [
    customer(),
    checkout("INR"),
    intent(),
    refund("pay_1", 100, "INR"),
    CHARGE,
    CHANGE,
    Capture(payment="pay_1", amount_minor=100, currency="INR"),
    ExpireCheckout(checkout="plink_1"),
    CreateSubscription(subscription="s-1", purpose=PURPOSE, customer=None, price="plan_1", cycles=3),
    PauseSubscription(subscription="sub_1"),
    ResumeSubscription(subscription="sub_1"),
    CancelSubscription(subscription="sub_1"),
    *(
        Fetch(kind=kind, object_id="x_1")
        for kind in (
            "payment",
            "order",
            "payment_link",
            "invoice",
            "refund",
            "dispute",
            "subscription",
            "settlement",
        )
    ),
]
each_request = pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda each: f"{each.operation}-{getattr(each, 'kind', '')}"
)
ANSWERS_MAX = 8
WORDS = ["paid", "created", "captured", "failed", "refunded", "processed", "active", "cancelled", "open"]
NAMES = ["id", "status", "notes", "amount", "currency", "payment_id", "created_at", "captured", "attempts"]
NAMES += ["payments", "short_url", "expire_by", "plan_id", "has_scheduled_changes", "razorpay_payment_id"]
NAMES += ["settled", "settled_at", "settlement_id", "entity_id", "credit", "debit", "fee", "card", "method"]
plain = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8) | st.sampled_from(WORDS)
)
notes = st.just({"bursar_call": KEY}) | st.just({"bursar_refund": "0197f0c0-refund"}) | st.just([])
anything = st.recursive(plain | notes, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
entity = st.dictionaries(st.sampled_from(NAMES), anything, max_size=8)
answer = entity | st.builds(
    lambda found, name: {name: found},
    st.lists(entity | plain, max_size=3),
    st.sampled_from(["items", "payment_links"]),
)
answers = st.lists(answer, min_size=1, max_size=3).map(lambda said: (said * ANSWERS_MAX)[:ANSWERS_MAX])


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[ScriptedServer, RazorpayApi]]:
    server = ScriptedServer()
    api = api_at(server.url)
    yield server, api
    api.close()
    server.close()


def script(server: ScriptedServer, said: list) -> None:
    server.script.clear()
    server.answer(*(Says(200, json.dumps(each).encode()) for each in said))


@pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda each: f"{each.operation}-{getattr(each, 'kind', '')}"
)
@settings(max_examples=15)
@given(said=answers)
def test_only_our_own_failures_come_out_of_a_call(stage, request_, said):
    server, api = stage
    script(server, said)

    try:
        assert isinstance(api.perform(request_, KEY), Result)
    except (GatewayAway, GatewayRefused, OutcomeUnknown, KeyReused, Misconfigured):
        return


@pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda each: f"{each.operation}-{getattr(each, 'kind', '')}"
)
@settings(max_examples=15)
@given(said=answers)
def test_asking_is_answered_refused_or_put_off(stage, request_, said):
    server, api = stage
    script(server, said)

    try:
        result = api.ask(request_, KEY, utc_now() - timedelta(days=3))
    except (GatewayAway, GatewayRefused, Misconfigured):
        return
    assert result is None or isinstance(result, Result)


@settings(max_examples=50)
@given(said=answers)
def test_lists_are_told_or_put_off(stage, said):
    server, api = stage
    window = Window(since=utc_now() - timedelta(hours=1), until=utc_now())

    for listed in (api.list_changes, api.list_settled):
        script(server, said)
        try:
            assert list(listed(window)) is not None
        except (GatewayAway, GatewayRefused):
            continue
    script(server, said)
    try:
        assert isinstance(api.list_payment_methods("cust_1"), tuple)
    except GatewayAway:
        return


@settings(max_examples=15)
@given(said=answers)
def test_a_preview_is_told_or_put_off(stage, said):
    server, api = stage
    script(server, said)

    try:
        assert api.preview_change(CHANGE).due_now_minor == 0
    except GatewayAway:
        return
