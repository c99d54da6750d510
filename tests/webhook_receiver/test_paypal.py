"""PayPal's deliveries at the receiver: proven by a certificate, stored, and never waited for."""

import dataclasses
import time
from pathlib import Path

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.paypal.certificates import Certificates
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.kinds import Kind
from bursar.sandbox.paypal_certificates import Identity, keep_identity
from bursar.sandbox.samples import paypal_event
from bursar.sandbox.signers import sign_paypal
from bursar.settings import Settings
from tests.support.paypal import never
from tests.support.processes import python
from tests.webhook_receiver.conftest import make_settings, stored
from webhook_receiver.accounts import configured_accounts
from webhook_receiver.refusals import Reason, Refusal
from webhook_receiver.routes import _verified

WEBHOOK_ID = "WEBHOOK0OF0THE0RECEIVER"
BODY = paypal_event("PAYMENT.CAPTURE.COMPLETED", event_id="WH-1", payment="3C1")
PATH = "/webhooks/paypal"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def identity(folder) -> Identity:
    return keep_identity(folder)


@pytest.fixture
def paypal_settings(database_url, folder, identity) -> Settings:
    return make_settings(database_url, paypal_webhook_id=WEBHOOK_ID, var=folder)


def signed(body, identity, webhook_id=WEBHOOK_ID):
    return sign_paypal(body, webhook_id.encode(), int(time.time()), identity)


@pytest.mark.anyio
@pytest.mark.postgres
async def test_a_delivery_is_stored_once_under_its_event_id(
    receiving, paypal_settings, identity, database_url
):
    async with receiving(paypal_settings) as client:
        answers = [await client.post(PATH, content=BODY, headers=signed(BODY, identity)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert stored(database_url, "dedupe_key") == ["WH-1"]
    assert stored(database_url, "gateway_account") == ["paypal:test"]
    assert stored(database_url, "type") == ["PAYMENT.CAPTURE.COMPLETED"]
    assert stored(database_url, "object_id") == ["3C1"]


@pytest.mark.anyio
@pytest.mark.postgres
@pytest.mark.parametrize("kind", list(Kind))
async def test_a_delivery_that_pretends_to_have_been_fetched_is_refused(
    receiving, paypal_settings, identity, database_url, kind
):
    body = BODY.replace(b"PAYMENT.CAPTURE.COMPLETED", kind.fetched_type.encode())
    async with receiving(paypal_settings) as client:
        answer = await client.post(PATH, content=body, headers=signed(body, identity))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unreadable")
    assert stored(database_url) == []


@pytest.mark.anyio
@pytest.mark.postgres
async def test_a_delivery_for_another_webhook_is_refused(receiving, paypal_settings, identity, database_url):
    async with receiving(paypal_settings) as client:
        answer = await client.post(PATH, content=BODY, headers=signed(BODY, identity, "SOMEBODY0ELSE0S"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "signature_mismatch")
    assert stored(database_url) == []


@pytest.mark.anyio
@pytest.mark.postgres
async def test_without_a_webhook_id_the_variable_is_named(receiving):
    async with receiving() as client:
        answer = await client.post(PATH, content=BODY)

    assert answer.status_code == 404
    assert "PAYPAL_WEBHOOK_ID" in answer.json()["error"]["message"]


def test_while_the_certificate_is_fetched_paypal_is_asked_to_come_again(folder, identity):
    jobs: list[object] = []
    gateway = PayPal(Certificates(never, never, jobs.append))
    account = configured_accounts(make_settings("postgresql://x/y", paypal_webhook_id=WEBHOOK_ID, var=folder))
    waiting = dataclasses.replace(account["paypal"], gateway=gateway)

    with pytest.raises(Refusal) as told:
        _verified(waiting, BODY, signed(BODY, identity))

    assert (told.value.reason, told.value.status) == (Reason.CERTIFICATE_AWAY, 503)
    assert b"retry-after" in dict(told.value.headers())
    assert len(jobs) == 1


def test_live_books_do_not_believe_our_own_certificate(folder, identity):
    settings = make_settings("postgresql://x/y", paypal_webhook_id=WEBHOOK_ID, var=folder, mode="live")

    with pytest.raises(Refusal) as told:
        _verified(configured_accounts(settings)["paypal"], BODY, signed(BODY, identity))

    assert told.value.reason is Reason.SIGNATURE_MALFORMED


def test_a_receiver_without_any_gateway_names_paypals_variable_too():
    with pytest.raises(Misconfigured, match="RAZORPAY_WEBHOOK_SECRET or PAYPAL_WEBHOOK_ID"):
        configured_accounts(Settings(database_url="postgresql://x/y"))  # type: ignore[call-arg]


def test_where_paypal_is_not_configured_its_library_is_not_loaded():
    code = """
import sys
from bursar.settings import Settings
from webhook_receiver.app import create_app
create_app(Settings(database_url="postgresql://x/y", stripe_webhook_secret="whsec_0123456789abcdef"))
print(sorted({"cryptography", "httpx", "certifi"} & sys.modules.keys()))
"""
    out, _ = python(code).communicate(timeout=60)

    assert out == "[]\n"
