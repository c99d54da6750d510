"""Which failure each error of Stripe's is: table by table, first by the SDK's classes, then over HTTP."""

import socket

import pytest
import requests
import stripe
import urllib3

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import (
    MESSAGE_LENGTH_MAX,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.api.protocol import Credentials
from bursar.gateways.api.requests import Refund
from bursar.gateways.stripe.api import StripeApi
from bursar.gateways.stripe.calls.failures import KeptError, failure_of
from bursar.rules.states import RefundEffect
from tests.gateways.stripe.calls.scripted import CUT, TEST_KEY, Answer, Script, error

KEY = "refund-0001"
REFUND = Refund(refund="0001", payment="pi_1", amount_minor=500, currency="USD", effect=RefundEffect.CANCEL)
HTML = b"<html><body>Bad gateway</body></html>"


def refused(status: int, **said: str) -> stripe.StripeError:
    """An error as the SDK makes it out of a body."""
    requestor = stripe.StripeClient("sk_test_x")._requestor
    body = {"error": said}
    return requestor.specific_v1_api_error("", status, body, {"Request-Id": "req_1"}, said)


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        (400, {"type": "invalid_request_error", "param": "amount"}, GatewayRefused, FailureCode.INVALID),
        (404, {"type": "invalid_request_error", "code": "resource_missing"}, GatewayRefused,
         FailureCode.NOT_FOUND),
        (400, {"type": "invalid_request_error", "code": "charge_already_refunded"}, GatewayRefused,
         FailureCode.ALREADY_DONE),
        (400, {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}, GatewayRefused,
         FailureCode.ALREADY_DONE),
        (400, {"type": "idempotency_error"}, KeyReused, FailureCode.KEY_REUSED),
        (402, {"type": "card_error", "code": "card_declined"}, GatewayRefused, FailureCode.DECLINED),
        (402, {"type": "card_error", "code": "authentication_required"}, GatewayRefused,
         FailureCode.ACTION_REQUIRED),
        (402, {"type": "card_error", "code": "card_declined", "decline_code": "authentication_required"},
         GatewayRefused, FailureCode.ACTION_REQUIRED),
        (402, {"type": "invalid_request_error"}, GatewayRefused, FailureCode.INVALID),
        (409, {"type": "idempotency_error", "code": "idempotency_key_in_use"}, OutcomeUnknown,
         FailureCode.BUSY),
        (424, {"type": "api_error"}, OutcomeUnknown, FailureCode.GATEWAY_ERROR),
        (429, {"type": "invalid_request_error", "code": "rate_limit"}, GatewayAway, FailureCode.RATE_LIMITED),
        (429, {"type": "invalid_request_error", "code": "lock_timeout"}, GatewayAway, FailureCode.BUSY),
        (500, {"type": "api_error"}, OutcomeUnknown, FailureCode.GATEWAY_ERROR),
        (503, {"type": "api_error"}, OutcomeUnknown, FailureCode.GATEWAY_ERROR),
    ],
)  # fmt: skip
def test_each_error_of_a_write_says_whether_stripe_acted(status, said, kind, code):
    failure = failure_of(refused(status, **said), writes=True)

    assert type(failure) is kind
    assert failure.failure.code is code
    assert failure.failure.http_status == status


@pytest.mark.parametrize("status", [409, 424, 500, 502, 503, 504])
def test_a_read_never_has_an_unknown_outcome(status):
    failure = failure_of(refused(status, type="api_error"), writes=False)

    assert type(failure) is GatewayAway


@pytest.mark.parametrize(
    ("status", "said", "cure"),
    [
        (401, "Invalid API Key provided: sk_test_****1234", "copy the secret key"),
        (403, "Having the 'rak_customer_write' permission would allow this", "rak_customer_write"),
    ],
)
def test_refused_credentials_name_the_variable_and_the_cure_and_quote_no_key(status, said, cure):
    failure = failure_of(refused(status, type="invalid_request_error", message=said), writes=True)

    assert type(failure) is Misconfigured
    assert "STRIPE_SECRET_KEY" in str(failure)
    assert cure in str(failure)
    assert "1234" not in str(failure)


def test_a_decline_keeps_all_that_dunning_must_heed():
    said = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "advice_code": "try_again_later",
        "network_decline_code": "51",
        "network_advice_code": "02",
        "message": "Your card has insufficient funds.",
        "payment_intent": {"id": "pi_declined", "object": "payment_intent"},
    }

    failure = failure_of(refused(402, **said), writes=True).failure

    assert failure.decline_code == "insufficient_funds"
    assert failure.advice_code == "try_again_later"
    assert failure.network_code == "02"
    assert failure.vendor_code == "card_declined"
    assert failure.object_id == "pi_declined"


def test_without_advice_of_the_network_its_decline_is_kept():
    failure = failure_of(refused(402, type="card_error", network_decline_code="51"), writes=True).failure

    assert failure.network_code == "51"


def test_what_stripe_quotes_of_a_person_is_not_kept():
    said = "Invalid email address: jo.learner@example.com for card 4242 4242 4242 4242 of sk_test_abc123"

    failure = failure_of(refused(400, type="invalid_request_error", message=said), writes=True).failure

    assert failure.message == "Invalid email address: [...] for card [...] of [...]"


def test_a_message_is_one_line_that_a_database_can_hold():
    said = "first\nsecond\x00third\ud800" + "x" * 1_000

    message = failure_of(
        refused(400, type="invalid_request_error", message=said), writes=True
    ).failure.message

    assert message.startswith("first second third x")
    assert len(message) == MESSAGE_LENGTH_MAX


def test_the_parameter_that_was_wrong_is_named():
    error_ = refused(400, type="invalid_request_error", param="amount", message="Must be at least 1")

    assert failure_of(error_, writes=True).failure.message == "amount: Must be at least 1"


def broken(cause: Exception) -> stripe.APIConnectionError:
    """As the SDK wraps what requests raised."""
    try:
        stripe.RequestsClient()._handle_request_error(cause)
    except stripe.APIConnectionError as wrapped:
        return wrapped
    raise AssertionError


POOL = urllib3.HTTPSConnectionPool("api.stripe.com")


def given_up(reason: Exception) -> urllib3.exceptions.MaxRetryError:
    return urllib3.exceptions.MaxRetryError(POOL, "/v1/refunds", reason)


NO_CONNECTION = urllib3.exceptions.NewConnectionError(POOL, "refused")
NO_NAME = urllib3.exceptions.NameResolutionError("api.stripe.com", POOL, socket.gaierror())
ABORTED = urllib3.exceptions.ProtocolError("Connection aborted.")
EOF = urllib3.exceptions.SSLError("EOF occurred in violation of protocol")
NO_PROXY = urllib3.exceptions.ProxyError("Unable to connect to proxy", NO_CONNECTION)
UNTRUSTED = urllib3.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")


@pytest.mark.parametrize(
    "cause",
    [
        requests.ConnectTimeout("slow"),
        requests.ConnectionError(given_up(NO_CONNECTION)),
        requests.ConnectionError(given_up(NO_NAME)),
        requests.exceptions.SSLError(given_up(UNTRUSTED)),
        requests.exceptions.ProxyError(given_up(NO_PROXY)),
    ],
    ids=["connect timeout", "refused", "no such name", "untrusted certificate", "no proxy"],
)
def test_where_no_connection_was_made_stripe_did_not_act(cause):
    failure = failure_of(broken(cause), writes=True)

    assert type(failure) is GatewayAway
    assert failure.failure.code is FailureCode.UNREACHABLE


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (requests.ReadTimeout("slow"), FailureCode.TIMEOUT),
        (requests.ConnectionError(ABORTED), FailureCode.GATEWAY_ERROR),
        (requests.exceptions.SSLError(given_up(EOF)), FailureCode.GATEWAY_ERROR),
        (requests.exceptions.ChunkedEncodingError("cut"), FailureCode.GATEWAY_ERROR),
        (requests.TooManyRedirects("moved"), FailureCode.GATEWAY_ERROR),
        (RuntimeError("odd"), FailureCode.GATEWAY_ERROR),
    ],
    ids=["read timeout", "aborted", "eof", "cut body", "redirect", "anything else"],
)
def test_where_the_request_may_have_arrived_the_outcome_is_unknown(cause, code):
    write, read = (failure_of(broken(cause), writes=writes) for writes in (True, False))

    assert type(write) is OutcomeUnknown
    assert type(read) is GatewayAway
    assert write.failure.code is read.failure.code is code


def test_a_rate_limit_says_when_to_come_back(api: StripeApi, script: Script):
    script.say(error(429, {"Retry-After": "7"}, type="invalid_request_error", code="rate_limit"))

    with pytest.raises(GatewayAway) as away:
        api.perform(REFUND, KEY)

    assert away.value.failure.retry_after_s == 7.0


def test_a_rate_limit_of_a_proxy_is_one_too(api: StripeApi, script: Script):
    script.say(Answer(429, HTML, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}))

    with pytest.raises(GatewayAway) as away:
        api.perform(REFUND, KEY)

    assert away.value.failure.code is FailureCode.RATE_LIMITED
    assert away.value.failure.retry_after_s is None


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        Answer(200, HTML),
        Answer(502, HTML),
        Answer(403, HTML),
        Answer(302, b"", {"Location": "/elsewhere"}),
        Answer(200, b"null"),
        Answer(200, b"[]"),
        Answer(200, b"3"),
        Answer(200, b"{}"),
        Answer(200, b'{"id": 7}'),
        Answer(200, b"\xff\xfe"),
        Answer(200, b"[" * 100_000),
        Answer(500, b'{"error": "x"}'),
        Answer(500, b'{"error": []}'),
        Answer(400, b'{"error": []}'),
        Answer(500, b"null"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:20]!r}",
)
def test_what_is_no_answer_of_stripes_leaves_a_write_unknown_and_a_read_away(api, script, answer):
    script.say(answer, answer)

    with pytest.raises(OutcomeUnknown):
        api.perform(REFUND, KEY)
    with pytest.raises(GatewayAway):
        api.fetch("refund", "re_1")


def test_a_500_that_stripe_kept_is_told_from_a_fresh_one(api: StripeApi, script: Script):
    script.say(error(500, {"Idempotent-Replayed": "true"}, type="api_error"), error(500, type="api_error"))

    with pytest.raises(KeptError):
        api.perform(REFUND, KEY)
    with pytest.raises(OutcomeUnknown) as fresh:
        api.perform(REFUND, KEY)

    assert type(fresh.value) is OutcomeUnknown


def test_a_closed_port_is_a_gateway_that_is_away():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        api = StripeApi.open(Credentials(account="stripe:test", secret=TEST_KEY, base_url=url))

        with pytest.raises(GatewayAway) as away:
            api.perform(REFUND, KEY)

    assert away.value.failure.code is FailureCode.UNREACHABLE


def test_a_failed_write_is_sent_once(api: StripeApi, script: Script):
    script.say(error(500, type="api_error"))

    with pytest.raises(OutcomeUnknown):
        api.perform(REFUND, KEY)

    assert [asked.headers["idempotency-key"] for asked in script.asked] == [KEY]
