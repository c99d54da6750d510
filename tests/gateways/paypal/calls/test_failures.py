"""What becomes of every answer that is no success, over a real connection."""

import socket

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import (
    MESSAGE_LENGTH_MAX,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.api.requests import Capture, CreateIntent, Fetch, Purpose
from bursar.gateways.paypal.calls import client, failures
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.paypal.calls.scripted import Says, api_at, error, says

KEY = "failures-0000000001"
INTENT = CreateIntent(
    checkout="c-1", purpose=Purpose(), amount_minor=500, currency="USD", description="A lesson"
)
FETCH = Fetch(kind="capture", object_id="C1")
WRITE_AND_READ = pytest.mark.parametrize("request_", [INTENT, FETCH], ids=["write", "read"])

REFUSALS = [
    (error(400, "INVALID_PARAMETER_VALUE", field="/amount"), FailureCode.INVALID),
    (error(422, "DECIMAL_PRECISION"), FailureCode.INVALID),
    (error(422, "DUPLICATE_INVOICE_ID"), FailureCode.INVALID),
    (error(404, "INVALID_RESOURCE_ID"), FailureCode.NOT_FOUND),
    (says(404, name="RESOURCE_NOT_FOUND", message="No such thing"), FailureCode.NOT_FOUND),
    (error(422, "ORDER_ALREADY_CAPTURED"), FailureCode.ALREADY_DONE),
    (error(422, "AUTHORIZATION_ALREADY_CAPTURED"), FailureCode.ALREADY_DONE),
    (error(422, "CAPTURE_FULLY_REFUNDED"), FailureCode.ALREADY_DONE),
    (says(400, name="TRANSACTION_ALREADY_REFUNDED", message="Gone"), FailureCode.ALREADY_DONE),
    (error(422, "INSTRUMENT_DECLINED"), FailureCode.DECLINED),
    (error(422, "TRANSACTION_REFUSED"), FailureCode.DECLINED),
    (error(422, "PAYER_ACTION_REQUIRED"), FailureCode.ACTION_REQUIRED),
    (error(422, "ORDER_NOT_APPROVED"), FailureCode.ACTION_REQUIRED),
]


@WRITE_AND_READ
@pytest.mark.parametrize(("answer", "code"), REFUSALS)
def test_a_refusal_says_why_it_was_not_acted_on(api, server, answer, code, request_):
    server.answer(answer)

    with pytest.raises(GatewayRefused) as raised:
        api.perform(request_, KEY)

    assert raised.value.failure.code is code
    assert raised.value.failure.http_status == answer.status


@WRITE_AND_READ
def test_a_key_of_other_parameters_is_put_before_a_person(api, server, request_):
    server.answer(error(400, "DUPLICATE_REQUEST_ID"))

    with pytest.raises(KeyReused):
        api.perform(request_, KEY)


@WRITE_AND_READ
def test_too_many_requests_are_sent_again_when_paypal_says(api, server, request_):
    limited = error(429, "RATE_LIMIT_REACHED")
    server.answer(Says(429, limited.body, {"Retry-After": "7"}))

    with pytest.raises(GatewayAway) as away:
        api.perform(request_, KEY)

    assert away.value.failure.code is FailureCode.RATE_LIMITED
    assert away.value.failure.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("header", "waits_s"),
    [("99999999", failures.RETRY_AFTER_S_MAX), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)],
)
def test_an_odd_retry_after_is_bounded_or_silent(api, server, header, waits_s):
    server.answer(Says(429, b"{}", {"Retry-After": header}))

    with pytest.raises(GatewayAway) as away:
        api.perform(FETCH, KEY)

    assert away.value.failure.retry_after_s == waits_s


MAYBE = [
    (error(500, "INTERNAL_SERVICE_ERROR"), FailureCode.GATEWAY_ERROR),
    (Says(502, b"<html><title>502 Bad Gateway</title></html>"), FailureCode.GATEWAY_ERROR),
    (Says(503, b""), FailureCode.GATEWAY_ERROR),
    (Says(400, b"<html>"), FailureCode.GATEWAY_ERROR),
    (Says(400, b"[]"), FailureCode.GATEWAY_ERROR),
    (Says(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), FailureCode.GATEWAY_ERROR),
    (Says(200, b"<html>hello</html>"), FailureCode.GATEWAY_ERROR),
    (Says(200, b"[]"), FailureCode.GATEWAY_ERROR),
    (Says(drop=True), FailureCode.GATEWAY_ERROR),
    (error(409, "RESOURCE_CONFLICT"), FailureCode.BUSY),
    (error(422, "PREVIOUS_REQUEST_IN_PROGRESS"), FailureCode.BUSY),
]


@pytest.mark.parametrize(("answer", "code"), MAYBE)
def test_what_may_have_been_acted_on_is_unknown(api, server, answer, code):
    server.answer(answer)

    with pytest.raises(OutcomeUnknown) as unknown:
        api.perform(INTENT, KEY)

    assert unknown.value.failure.code is code
    assert len(server.asked) == 1


@pytest.mark.parametrize(("answer", "code"), MAYBE)
def test_a_read_without_an_answer_is_asked_again(api, server, answer, code):
    server.answer(answer)

    with pytest.raises(GatewayAway) as away:
        api.perform(FETCH, KEY)

    assert away.value.failure.code is code


def test_an_order_without_an_id_may_be_there_all_the_same(api, server):
    server.answer(Says(201, b'{"status": "CREATED"}'))

    with pytest.raises(OutcomeUnknown):
        api.perform(INTENT, KEY)


def test_a_gateway_that_takes_no_connection_did_not_act():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    api = api_at(f"http://127.0.0.1:{port}")

    with pytest.raises(GatewayAway) as away:
        api.perform(INTENT, KEY)

    assert away.value.failure.code is FailureCode.UNREACHABLE
    api.close()


def test_a_token_that_does_not_come_leaves_nothing_unknown(monkeypatch):
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = api_at(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(GatewayAway) as away:
            quiet.perform(INTENT, KEY)
        quiet.close()

    assert away.value.failure.code is FailureCode.TIMEOUT


def test_a_write_whose_answer_does_not_come_is_unknown(hand, monkeypatch):
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.5)
    hand.api.ping()
    hand.fail("orders.create", FaultKind.TIMEOUT_AFTER, delay_s=2.0)

    with pytest.raises(OutcomeUnknown) as unknown:
        hand.api.perform(INTENT, KEY)

    assert unknown.value.failure.code is FailureCode.TIMEOUT


def test_an_answer_without_end_is_not_read(api, server, monkeypatch):
    monkeypatch.setattr(client, "ANSWER_BYTES_MAX", 1_000)
    server.answer(Says(200, b" " * 1_001))

    with pytest.raises(GatewayAway, match="longer than 1000 bytes"):
        api.perform(FETCH, KEY)


@WRITE_AND_READ
def test_what_the_account_may_not_do_names_the_setting_and_the_cure(api, server, request_):
    server.answer(error(403, "PERMISSION_DENIED"))

    with pytest.raises(Misconfigured, match=r"PAYPAL_CLIENT_ID .*PERMISSION_DENIED.* Transaction Search"):
        api.perform(request_, KEY)


def test_a_message_names_the_field_and_the_number_for_support(api, server):
    server.answer(error(400, "INVALID_STRING_LENGTH", "The value is too long", field="/custom_id"))

    with pytest.raises(GatewayRefused) as refused:
        api.perform(INTENT, KEY)

    message = refused.value.failure.message
    assert message == "/custom_id: The value is too long (debug_id f0e1d2c3b4a59)"
    assert refused.value.failure.vendor_code == "INVALID_STRING_LENGTH"


def test_a_message_is_short_and_tells_nothing_of_a_person(api, server):
    server.answer(error(422, "PAYER_CANNOT_PAY", f"ada@example.com, +49 170 1234567 {'x' * 500}"))

    with pytest.raises(GatewayRefused) as refused:
        api.perform(INTENT, KEY)

    message = refused.value.failure.message
    assert "ada@" not in message
    assert "1234567" not in message
    assert len(message) == MESSAGE_LENGTH_MAX


@pytest.mark.parametrize("object_id", ["", "../v1/me", "a b", "x" * 65, "ü"])
def test_an_id_that_is_none_is_never_put_into_an_address(api, server, object_id):
    with pytest.raises(GatewayRefused):
        api.fetch("capture", object_id)
    with pytest.raises(GatewayRefused):
        api.perform(Capture(payment=object_id, amount_minor=500, currency="USD"), KEY)

    assert server.asked == []


@pytest.mark.parametrize("amount_minor", [0, -1, 1_050])
def test_an_amount_between_paypals_steps_is_not_sent(api, server, amount_minor):
    odd = CreateIntent(
        checkout="c", purpose=Purpose(), amount_minor=amount_minor, currency="HUF", description="x"
    )

    with pytest.raises(GatewayRefused, match="HUF"):
        api.perform(odd, KEY)

    assert server.asked == []


def test_asking_again_without_an_answer_is_no_outcome(api, server):
    server.answer(Says(503), Says(503))

    with pytest.raises(GatewayAway):
        api.ask(INTENT, KEY, utc_now())
