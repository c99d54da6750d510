"""How a connection to Stripe is opened: with which key, which version, how quietly."""

import json
import logging

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.protocol import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Credentials
from bursar.gateways.api.requests import REQUESTS
from bursar.gateways.stripe.api import _CALLS, StripeApi
from tests.gateways.stripe.calls.scripted import TEST_KEY, Script, told

NO_EVENTS = told({"object": "list", "data": [], "has_more": False, "url": "/v1/events"})


@pytest.mark.parametrize(
    ("account", "secret", "cure"),
    [
        ("stripe:test", "sk_live_abc", "set BURSAR_MODE=live, or copy the key that begins with sk_test_"),
        ("stripe:test", "rk_live_abc", "set BURSAR_MODE=live"),
        ("stripe:live", "sk_test_abc", "set BURSAR_MODE=test, or copy the key that begins with sk_live_"),
        ("stripe:test", "pk_test_abc", "is not a secret key: copy the one that begins with sk_test_"),
        ("stripe:test", "whsec_abc", "is not a secret key"),
        ("stripe:test", "sk_test_abc\n", "is not a secret key"),
        ("stripe:test", "", "is not a secret key"),
    ],
)
def test_a_key_that_does_not_fit_the_account_is_refused_at_once(account, secret, cure):
    with pytest.raises(Misconfigured) as refused:
        StripeApi.open(Credentials(account=account, secret=secret))

    assert "STRIPE_SECRET_KEY" in str(refused.value)
    assert cure in str(refused.value)
    assert "abc" not in str(refused.value)


def test_real_money_is_asked_of_no_other_server():
    with pytest.raises(Misconfigured):
        StripeApi.open(
            Credentials(account="stripe:live", secret="sk_live_abc", base_url="http://127.0.0.1:1")
        )


def test_opening_sends_nothing(script: Script):
    script.api().close()

    assert script.asked == []


def test_every_request_carries_our_key_and_the_version_it_was_written_for(api: StripeApi, script: Script):
    script.say(NO_EVENTS)

    api.ping()

    (asked,) = script.asked
    assert asked.headers["authorization"] == f"Bearer {TEST_KEY}"
    assert asked.headers["stripe-version"] == "2026-10-28.endive"


def test_nobody_waits_for_stripe_longer_than_the_lease_of_a_call_allows(api: StripeApi, script: Script):
    script.say(NO_EVENTS)
    api.ping()

    client = api._connection.client._requestor._client

    assert client._timeout == (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)


def test_there_is_a_way_to_do_everything_that_can_be_asked():
    assert set(_CALLS) == set(REQUESTS.values())


def test_nothing_is_told_to_stripe_but_the_request(api: StripeApi, script: Script):
    script.say(NO_EVENTS, NO_EVENTS)

    api.ping()
    api.ping()

    agent = json.loads(script.asked[1].headers["x-stripe-client-user-agent"])
    assert "x-stripe-client-telemetry" not in script.asked[1].headers
    assert "platform" not in agent
    assert "telemetry_id" not in agent


def test_bodies_do_not_reach_our_log(api: StripeApi, script: Script, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    script.say(NO_EVENTS)

    api.ping()

    assert [record for record in caplog.records if record.name == "stripe"] == []


def test_a_closed_api_opens_again_when_it_is_asked(api: StripeApi, script: Script):
    script.say(NO_EVENTS, NO_EVENTS)
    api.ping()

    api.close()
    api.ping()

    assert len(script.asked) == 2
