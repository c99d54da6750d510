"""Whatever PayPal answers, only our own failures come out, and asking never says that it may have acted."""

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
    ConfirmIntent,
    ExpireCheckout,
    Fetch,
    PauseSubscription,
    ResumeSubscription,
)
from bursar.gateways.api.results import Result
from bursar.gateways.paypal.api import PayPalApi
from bursar.gateways.paypal.kinds import Kind
from tests.gateways.contract import KEY, LONG_AGO, checkout, refund
from tests.gateways.paypal.calls.making import RETURN_URL, charge_of_nobody, intent, subscription
from tests.gateways.paypal.calls.scripted import Says, ScriptedServer, api_at

CHANGE = ChangeSubscription(subscription="I-1", price="P-1", at=ChangeAt.PERIOD_END)
REQUESTS = [
    checkout("USD"),
    intent(),
    refund("C1", 100, "USD"),
    charge_of_nobody(),
    CHANGE,
    ConfirmIntent(payment="O1", payment_method="v1", return_url=RETURN_URL),
    Capture(payment="O1", amount_minor=500, currency="USD"),
    ExpireCheckout(checkout="O1"),
    subscription("P-1"),
    PauseSubscription(subscription="I-1"),
    ResumeSubscription(subscription="I-1"),
    CancelSubscription(subscription="I-1", at=ChangeAt.NOW),
    *(Fetch(kind=kind.value, object_id="X1") for kind in Kind),
]
each_request = pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda each: f"{each.operation}-{getattr(each, 'kind', '')}"
)
ANSWERS_MAX = 8
WORDS = ["COMPLETED", "APPROVED", "DECLINED", "AUTHORIZE", "CAPTURE", "ACTIVE", "SUSPENDED", "S", "T0400"]
WORDS += ["5.00", "USD", "cus-1", "bursar:c-1", "bursar:0197f0c0-refund", "2030-01-01T00:00:00Z", "C1", "O1"]
NAMES = ["id", "status", "intent", "amount", "value", "currency_code", "purchase_units", "payments", "links"]
NAMES += ["captures", "refunds", "authorizations", "payment_source", "paypal", "card", "customer", "href"]
NAMES += ["supplementary_data", "related_ids", "order_id", "invoice_id", "transaction_details", "rel"]
NAMES += ["transaction_info", "transaction_id", "transaction_amount", "transaction_event_code", "events"]
NAMES += ["transaction_status", "transaction_updated_date", "last_refreshed_datetime", "total_pages"]
NAMES += ["payment_tokens", "billing_cycles", "tenure_type", "pricing_scheme", "fixed_price", "plan_id"]
plain = st.none() | st.booleans() | st.integers(-1, 3) | st.text(max_size=8) | st.sampled_from(WORDS)
things = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=6)
    ),
    max_leaves=12,
)
answer = st.dictionaries(st.sampled_from(NAMES), things, max_size=8)
answers = st.lists(answer, min_size=1, max_size=3).map(lambda said: (said * ANSWERS_MAX)[:ANSWERS_MAX])


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[ScriptedServer, PayPalApi]]:
    server = ScriptedServer()
    api = api_at(server.url)
    yield server, api
    api.close()
    server.close()


def script(server: ScriptedServer, said: list) -> None:
    server.script.clear()
    server.answer(*(Says(200, json.dumps(each).encode()) for each in said))


@each_request
@settings(max_examples=15)
@given(said=answers)
def test_only_our_own_failures_come_out_of_a_call(stage, request_, said):
    server, api = stage
    script(server, said)

    try:
        assert isinstance(api.perform(request_, KEY), Result)
    except (GatewayAway, GatewayRefused, OutcomeUnknown, KeyReused, Misconfigured):
        return


@each_request
@settings(max_examples=15)
@given(said=answers)
def test_asking_is_answered_refused_or_put_off(stage, request_, said):
    server, api = stage
    script(server, said)

    try:
        result = api.ask(request_, KEY, utc_now() - LONG_AGO)
    except (GatewayAway, GatewayRefused, Misconfigured):
        return
    assert result is None or isinstance(result, Result)


@settings(max_examples=50)
@given(said=answers)
def test_lists_and_previews_are_told_refused_or_put_off(stage, said):
    server, api = stage
    window = Window(since=utc_now() - timedelta(hours=1), until=utc_now())

    for look in (
        lambda: list(api.list_changes(window)),
        lambda: list(api.list_settled(window)),
        lambda: api.list_payment_methods("cus-1"),
        lambda: api.preview_change(CHANGE),
    ):
        script(server, said)
        try:
            assert look() is not None
        except (GatewayAway, GatewayRefused):
            continue
    script(server, said)


@pytest.mark.parametrize(
    "body", [b'{"id": "C1", "id": "C2"}', b'{"id": "\\u0000"}', b'{"a":' * 70 + b"1" + b"}" * 70]
)
def test_an_answer_that_can_be_read_in_two_ways_is_none(stage, body):
    server, api = stage
    server.script.clear()
    server.answer(Says(200, body))

    with pytest.raises(GatewayAway):
        api.fetch("capture", "C1")
