"""What becomes of every answer that is no success, through the real SDK and a real connection."""

import socket

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import (
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.api.requests import Capture, CreateIntent, Fetch, Purpose
from bursar.gateways.razorpay.calls import client, failures
from tests.gateways.razorpay.calls.scripted import Says, api_at, error, says

KEY = "failing-000000001"
INTENT = CreateIntent(
    checkout="c-1", purpose=Purpose(), amount_minor=500, currency="INR", description="Course fee"
)
CAPTURE = Capture(payment="pay_1", amount_minor=500, currency="INR")
FETCH = Fetch(kind="payment", object_id="pay_1")
HTML = Says(502, b"<html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
SERVER_ERROR = says(500, error={"code": "SERVER_ERROR", "description": "We are facing some trouble"})

ANSWERS = [
    (error(400, description="The amount is invalid", field="amount"), GatewayRefused, FailureCode.INVALID),
    (error(400, description="The id provided does not exist"), GatewayRefused, FailureCode.NOT_FOUND),
    (error(404, description="The requested URL was not found"), GatewayRefused, FailureCode.NOT_FOUND),
    (
        error(400, description="The payment has been fully refunded already"),
        GatewayRefused,
        FailureCode.ALREADY_DONE,
    ),
    (
        error(400, description="This payment has already been captured"),
        GatewayRefused,
        FailureCode.ALREADY_DONE,
    ),
    (
        error(400, description="Different request with the same idempotency key has already been processed."),
        KeyReused,
        FailureCode.KEY_REUSED,
    ),
    (
        error(400, description="Declined", source="bank", reason="insufficient_funds"),
        GatewayRefused,
        FailureCode.DECLINED,
    ),
    (
        error(400, description="Declined", metadata={"payment_id": "pay_9"}),
        GatewayRefused,
        FailureCode.DECLINED,
    ),
    (
        error(400, description="Bad", source="business", reason="input_validation_failed"),
        GatewayRefused,
        FailureCode.INVALID,
    ),
    (error(400, description="Bad", source="NA", reason="NA"), GatewayRefused, FailureCode.INVALID),
    (error(429, description="Too many requests"), GatewayAway, FailureCode.RATE_LIMITED),
]


@pytest.mark.parametrize(
    ("answer", "kind", "code"), ANSWERS, ids=lambda value: getattr(value, "status", None)
)
@pytest.mark.parametrize("request_", [INTENT, FETCH], ids=["write", "read"])
def test_a_refusal_says_why_it_was_not_acted_on(api, server, answer, kind, code, request_):
    server.answer(answer)

    with pytest.raises(kind) as raised:
        api.perform(request_, KEY)

    assert raised.value.failure.code is code
    assert raised.value.failure.http_status == answer.status


MAYBE = [
    (SERVER_ERROR, FailureCode.GATEWAY_ERROR),
    (HTML, FailureCode.GATEWAY_ERROR),
    (Says(503, b""), FailureCode.GATEWAY_ERROR),
    (Says(400, b"<html>"), FailureCode.GATEWAY_ERROR),
    (Says(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), FailureCode.GATEWAY_ERROR),
    (Says(200, b"<html>hello</html>"), FailureCode.GATEWAY_ERROR),
    (Says(200, b"[]"), FailureCode.GATEWAY_ERROR),
    (Says(200, b'{"id": "rfnd_1", "id": "rfnd_2"}'), FailureCode.GATEWAY_ERROR),
    (Says(200, b'{"id": "rfnd_1", "amount": 123456789012345678901234567890}'), FailureCode.GATEWAY_ERROR),
    (Says(200, b'{"id": "rfnd_1", "amount": NaN}'), FailureCode.GATEWAY_ERROR),
    (Says(200, b'{"id": "rfnd_\\u0000"}'), FailureCode.GATEWAY_ERROR),
    (Says(200, b""), FailureCode.GATEWAY_ERROR),
    (Says(drop=True), FailureCode.GATEWAY_ERROR),
    (error(409, description="Request already in progress"), FailureCode.BUSY),
]


@pytest.mark.parametrize(("answer", "code"), MAYBE, ids=lambda value: getattr(value, "status", None))
def test_what_may_have_been_acted_on_is_unknown(api, server, answer, code):
    server.answer(answer)

    with pytest.raises(OutcomeUnknown) as raised:
        api.perform(INTENT, KEY)

    assert raised.value.failure.code is code
    assert len(server.asked) == 1


@pytest.mark.parametrize(("answer", "code"), MAYBE, ids=lambda value: getattr(value, "status", None))
def test_what_was_only_asked_can_be_asked_again(api, server, answer, code):
    server.answer(answer)

    with pytest.raises(GatewayAway) as raised:
        api.perform(FETCH, KEY)

    assert raised.value.failure.code is code


@pytest.mark.parametrize("answer", [Says(204, b""), says(entity="refund"), says(id=None), says(id="")])
def test_a_success_that_does_not_say_what_was_made_is_unknown(api, server, answer):
    server.answer(answer)

    with pytest.raises(OutcomeUnknown, match="has no id"):
        api.perform(INTENT, KEY)


def test_a_wrong_secret_names_both_variables_and_the_cure(api, server):
    server.answer(error(401, description="Authentication failed"))

    with pytest.raises(Misconfigured, match=r"RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET .*dashboard"):
        api.ping()


def test_what_the_account_may_not_do_is_a_matter_of_its_dashboard(api, server):
    server.answer(error(403, description="Access denied"))

    with pytest.raises(Misconfigured, match=r"does not allow this .*RAZORPAY_KEY_ID \(Access denied\)"):
        api.ping()


def test_a_rate_limit_says_how_long_to_wait(api, server):
    said = error(429, description="Too many requests")
    server.answer(*(Says(429, said.body, {"Retry-After": text}) for text in ("7", "99999", "soon", "-1")))

    waits = []
    for _ in range(4):
        with pytest.raises(GatewayAway) as raised:
            api.perform(INTENT, KEY)
        waits.append(raised.value.failure.retry_after_s)

    assert waits == [7.0, failures.RETRY_AFTER_S_MAX, None, None]


def test_a_decline_keeps_the_reason_and_the_payment(api, server):
    server.answer(
        error(
            400,
            description="Payment failed. Ask payer@example.com or +91 98765 43210.",
            source="issuer",
            step="payment_authentication",
            reason="card_expired",
            metadata={"payment_id": "pay_7", "order_id": "order_7"},
        )
    )

    with pytest.raises(GatewayRefused) as raised:
        api.perform(CAPTURE, KEY)

    failure = raised.value.failure
    assert (failure.decline_code, failure.vendor_code) == ("card_expired", "BAD_REQUEST_ERROR")
    assert failure.object_id == "pay_7"
    assert failure.message == "Payment failed. Ask … or …. (issuer, payment_authentication)"


def test_a_refusal_names_the_field_and_is_cut(api, server):
    server.answer(error(400, description="x" * 1000, field="amount"))

    with pytest.raises(GatewayRefused, match="amount: xxx") as raised:
        api.perform(INTENT, KEY)

    assert len(raised.value.failure.message) == 300


@pytest.mark.parametrize("request_", [INTENT, FETCH], ids=["write", "read"])
def test_a_gateway_that_takes_no_connection_has_certainly_not_acted(request_):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    api = api_at(f"http://127.0.0.1:{port}")

    with pytest.raises(GatewayAway) as raised:
        api.perform(request_, KEY)

    assert raised.value.failure.code is FailureCode.UNREACHABLE


def test_an_answer_that_does_not_come_in_time_is_unknown(monkeypatch, capsys):
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = api_at(f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(OutcomeUnknown) as written:
            api.perform(INTENT, KEY)
        with pytest.raises(GatewayAway) as read:
            api.ask(INTENT, KEY, utc_now())

    assert written.value.failure.code is read.value.failure.code is FailureCode.TIMEOUT
    assert capsys.readouterr() == ("", "")


def test_the_sdk_prints_nothing_when_the_connection_fails(api, server, capsys):
    server.answer(Says(drop=True), HTML)

    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            api.perform(INTENT, KEY)

    assert capsys.readouterr() == ("", "")


def test_one_connection_is_kept_for_many_calls(api, server):
    server.answer(*5 * [says(items=[])])

    for _ in range(5):
        api.ping()

    assert len({asked.port for asked in server.asked}) == 1
