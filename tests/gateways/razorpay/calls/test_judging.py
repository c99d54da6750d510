"""The judgement of answers and of broken connections, as a pure function of what came."""

import ssl

import orjson
import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import (
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import (
    MESSAGE_LENGTH_MAX,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.razorpay.calls.failures import RETRY_AFTER_S_MAX, of_answer, of_exception

POOL = HTTPSConnectionPool("gateway.example")
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
NAMES = ("code", "description", "field", "source", "step", "reason", "metadata")
errors = st.fixed_dictionaries({"error": st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, json))})


def failed(reason: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/v1/orders", reason)


CONNECTIONS = [
    (requests.ConnectTimeout("slow"), FailureCode.UNREACHABLE),
    (requests.ConnectionError(failed(NewConnectionError(None, "refused"))), FailureCode.UNREACHABLE),
    (requests.exceptions.ProxyError(failed(ProxyError("away", OSError()))), FailureCode.UNREACHABLE),
    (
        requests.exceptions.SSLError(failed(SSLError(ssl.SSLCertVerificationError("self-signed")))),
        FailureCode.UNREACHABLE,
    ),
    (requests.exceptions.SSLError(failed(SSLError(ssl.SSLError("bad record")))), FailureCode.GATEWAY_ERROR),
    (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())), FailureCode.GATEWAY_ERROR),
    (requests.ConnectionError(), FailureCode.GATEWAY_ERROR),
    (requests.exceptions.ChunkedEncodingError("cut"), FailureCode.GATEWAY_ERROR),
    (requests.ReadTimeout("slow"), FailureCode.TIMEOUT),
]


@pytest.mark.parametrize(("error", "code"), CONNECTIONS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("write", [True, False], ids=["write", "read"])
def test_a_broken_connection_is_certain_only_before_anything_was_sent(error, code, write):
    judged = of_exception(error, write=write)

    certain = code is FailureCode.UNREACHABLE or not write
    assert type(judged) is (GatewayAway if certain else OutcomeUnknown)
    assert judged.failure.code is code


@given(
    st.integers(300, 599),
    st.dictionaries(st.just("Retry-After"), st.text(max_size=12)),
    st.binary(max_size=40) | errors.map(lambda told: repr(told).encode()) | st.just(b"{}"),
    st.booleans(),
)
@example(429, {"Retry-After": "²"}, b"{}", True)
@example(429, {"Retry-After": "9" * 12}, b"{}", True)
def test_any_answer_is_one_of_our_failures(status, headers, body, write):
    _check(of_answer(status, headers, body, write=write), write=write)


@given(st.integers(400, 499), errors, st.booleans())
def test_any_error_object_is_one_of_our_failures(status, told, write):
    try:
        body = orjson.dumps(told)
    except orjson.JSONEncodeError:  # integers that JSON of 64 bits cannot write
        return
    _check(of_answer(status, {}, body, write=write), write=write)


def _check(judged, *, write):
    if isinstance(judged, Misconfigured):
        return
    assert type(judged) in {GatewayAway, GatewayRefused, OutcomeUnknown, KeyReused}
    assert write or type(judged) is not OutcomeUnknown
    assert 0 < len(judged.failure.message) <= MESSAGE_LENGTH_MAX
    assert (judged.failure.retry_after_s or 0) <= RETRY_AFTER_S_MAX


def test_a_description_of_any_length_is_judged_at_once():
    judged = of_answer(400, {}, b'{"error": {"description": "' + b"x" * 1_000_000 + b'"}}', write=True)

    assert judged.failure.message == "x" * MESSAGE_LENGTH_MAX
