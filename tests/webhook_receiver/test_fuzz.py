"""Whatever anybody sends: an answer from the list, never a 500, and nothing unproven in the inbox."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from bursar.sandbox.samples import stripe_event
from bursar.sandbox.signers import sign_stripe
from tests.webhook_receiver.conftest import RAZORPAY_SECRET, STRIPE_SECRET, Woken, make_settings, stored
from webhook_receiver.app import create_app

pytestmark = pytest.mark.postgres

ANSWERS = {400, 401, 404, 405, 408, 413, 415, 429}
BODY = stripe_event("payment_intent.succeeded", event_id="evt_1")

HEADER_NAMES = st.sampled_from(
    [
        b"stripe-signature",
        b"x-razorpay-signature",
        b"x-razorpay-event-id",
        b"content-length",
        b"content-encoding",
        b"content-type",
    ]
) | st.binary(min_size=1, max_size=20)
SIGNATURES = st.builds(
    lambda t, v: f"t={t},v1={v}".encode(),
    st.integers() | st.just(int(time.time())),
    st.text("0123456789abcdef"),
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, st.binary(max_size=200) | SIGNATURES), max_size=6)
PATHS = st.sampled_from(["/webhooks/stripe", "/webhooks/razorpay"]) | st.text(max_size=30).map(
    "/webhooks/".__add__
)


class Fuzzed:
    """One receiver on a loop of its own, called as a server would call it."""

    def __init__(self, app: Starlette, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def post(
        self, path: str, headers: list[tuple[bytes, bytes]], chunks: list[bytes], method: str = "POST"
    ) -> int:
        return self._runner.run(self._post(path, headers, chunks, method))

    async def _post(
        self, path: str, headers: list[tuple[bytes, bytes]], chunks: list[bytes], method: str
    ) -> int:
        left = list(chunks) or [b""]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": headers, "root_path": ""}
        await self._app(scope, receive, send)
        return int(sent[0]["status"])


@pytest.fixture
def fuzzed(database_url: str, woken: Woken) -> Any:
    app = create_app(make_settings(database_url, razorpay_webhook_secret=RAZORPAY_SECRET), wake=woken)
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        yield Fuzzed(app, runner)
        runner.run(lifespan.__aexit__(None, None, None))


def test_anything_unsigned_is_refused_and_leaves_no_row(fuzzed: Fuzzed, database_url: str) -> None:
    @hypothesis_settings(deadline=None)
    @given(PATHS, HEADERS, st.lists(st.binary(max_size=500), max_size=3))
    def post(path: str, headers: list[tuple[bytes, bytes]], chunks: list[bytes]) -> None:
        assert fuzzed.post(path, headers, chunks) in ANSWERS

    post()

    assert stored(database_url) == []


def test_one_flipped_bit_of_a_signed_body_is_refused(fuzzed: Fuzzed, database_url: str) -> None:
    @hypothesis_settings(deadline=None)
    @given(st.integers(0, len(BODY) * 8 - 1))
    def post(bit: int) -> None:
        body = bytearray(BODY)
        body[bit // 8] ^= 1 << (bit % 8)
        headers = sign_stripe(BODY, STRIPE_SECRET.encode(), int(time.time()))
        signature = headers["stripe-signature"].encode()
        assert fuzzed.post("/webhooks/stripe", [(b"stripe-signature", signature)], [bytes(body)]) in {
            400,
            429,
        }

    post()

    assert stored(database_url) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_anything_signed_is_stored_or_refused_but_never_breaks_us(fuzzed: Fuzzed) -> None:
    import json

    documents = st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("id", "type", "data", "created", "livemode", "api_version", "object"), JSON),
    ).map(lambda document: json.dumps(document).encode())

    @hypothesis_settings(deadline=None)
    @given(documents | st.binary(max_size=300))
    def post(body: bytes) -> None:
        signature = sign_stripe(body, STRIPE_SECRET.encode(), int(time.time()))["stripe-signature"].encode()
        status = fuzzed.post("/webhooks/stripe", [(b"stripe-signature", signature)], [body])
        assert status in {200, 400}

    post()
