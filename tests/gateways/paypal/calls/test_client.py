"""Tokens, hosts, and what credentials must be."""

import base64

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import GatewayAway
from bursar.gateways.api.protocol import Credentials
from bursar.gateways.api.requests import REQUESTS, Fetch
from bursar.gateways.paypal import api as paypal_api
from bursar.gateways.paypal.api import PayPalApi
from bursar.gateways.paypal.calls.client import HOSTS, RENEWED_BEFORE_S, Client
from tests.gateways.paypal.calls.scripted import CLIENT_ID, SECRET, Says, says, token

KEY = "client-0000000001"
FETCH = Fetch(kind="capture", object_id="C1")
DENIED = says(401, error="invalid_token")


def _credentials(**changes):
    told = {"account": "paypal:test", "key_id": "Aclient", "secret": "a secret"}
    return Credentials(**{**told, **changes})


def test_one_token_serves_many_calls(api, server):
    server.answer(says(id="C1"), says(id="C1"), says(id="C1"))
    for _ in range(3):
        api.perform(FETCH, KEY)

    (asked,) = server.authenticated
    pair = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {pair}"
    assert asked.body == b"grant_type=client_credentials"
    assert {each.headers["authorization"] for each in server.asked} == {"Bearer a-token"}


def test_a_token_is_renewed_before_it_ends(api, server):
    server.tokens.extend([token(int(RENEWED_BEFORE_S), "first"), token(32_400, "second")])
    server.answer(says(id="C1"), says(id="C1"))
    api.perform(FETCH, KEY)
    api.perform(FETCH, KEY)

    assert [each.headers["authorization"] for each in server.asked] == ["Bearer first", "Bearer second"]


def test_a_token_that_ended_early_is_renewed_once(api, server):
    server.tokens.extend([token(name="first"), token(name="second")])
    server.answer(DENIED, says(id="C1"))

    assert api.perform(FETCH, KEY).found[0].object_id == "C1"
    assert [each.headers["authorization"] for each in server.asked] == ["Bearer first", "Bearer second"]


def test_credentials_that_are_refused_twice_are_wrong(api, server):
    server.answer(DENIED, DENIED)

    with pytest.raises(Misconfigured, match="PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET are not accepted"):
        api.perform(FETCH, KEY)

    assert len(server.asked) == 2


def test_a_pair_that_gets_no_token_is_wrong(api, server):
    server.tokens.append(says(401, error="invalid_client", error_description="Client Authentication failed"))

    with pytest.raises(Misconfigured, match="BURSAR_MODE"):
        api.ping()

    assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [Says(503), Says(200, b"<html>"), says(token_type="Bearer"), says(access_token="a\nb", expires_in=1)],
)
def test_without_a_token_nothing_was_acted_on(api, server, answer):
    server.tokens.append(answer)

    with pytest.raises(GatewayAway):
        api.perform(FETCH, KEY)

    assert server.asked == []


def test_a_client_that_was_closed_has_given_its_connections_back(api, server):
    server.answer(says(id="C1"))
    api.perform(FETCH, KEY)

    api.close()

    assert api._client._http.is_closed


@pytest.mark.parametrize("account", ["paypal:test", "paypal:live"])
def test_the_mode_decides_the_host(account):
    client = Client(_credentials(account=account))

    assert str(client._http.base_url).rstrip("/") == HOSTS[account == "paypal:live"]
    assert not client._http.follow_redirects
    client.close()


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"key_id": None}, "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET"),
        ({"key_id": " "}, "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET"),
        ({"secret": ""}, "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET"),
        ({"base_url": "ftp://127.0.0.1"}, "BURSAR_PAYPAL_URL must begin with"),
        (
            {"account": "paypal:live", "base_url": "http://127.0.0.1:1"},
            "BURSAR_PAYPAL_URL names a fake gateway",
        ),
    ],
)
def test_credentials_that_cannot_be_right_are_refused_by_name(changes, names):
    with pytest.raises(Misconfigured, match=names):
        PayPalApi.open(_credentials(**changes))


def test_opening_sends_nothing():
    PayPalApi.open(_credentials(base_url="http://127.0.0.1:1")).close()


def test_every_request_has_its_call():
    assert set(paypal_api._CALLS) == set(REQUESTS.values())
