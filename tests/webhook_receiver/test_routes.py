"""What the receiver takes in and what it refuses, on a real database."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bursar.sandbox.samples import razorpay_event, stripe_event
from bursar.sandbox.signers import sign_razorpay
from tests.webhook_receiver.conftest import (
    RAZORPAY_SECRET,
    STRIPE_SECRET,
    Receiving,
    Woken,
    make_settings,
    post_event,
    post_events,
    signed,
    stored,
)
from tests.webhook_receiver.refused import BODY, refusals
from webhook_receiver.app import create_app
from webhook_receiver.body import BODY_BYTES_MAX

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


def code(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert error["message"]
    return str(error["code"])


async def test_a_signed_event_is_stored_as_it_came_and_a_worker_is_woken(
    receiving: Receiving, database_url: str, woken: Woken
) -> None:
    async with receiving() as client:
        answer = await client.post("/webhooks/stripe", content=BODY, headers=signed(BODY))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert stored(database_url, "body") == [BODY]
    assert stored(database_url, "gateway_account") == ["stripe:test"]
    assert stored(database_url, "state") == ["pending"]
    assert woken.ids == stored(database_url, "id")


async def test_a_razorpay_event_is_the_same_event_under_another_event_id_header(
    receiving: Receiving, database_url: str
) -> None:
    body = razorpay_event("payment.captured")
    headers = sign_razorpay(body, RAZORPAY_SECRET.encode())

    async with receiving(make_settings(database_url, razorpay_webhook_secret=RAZORPAY_SECRET)) as client:
        first = await client.post("/webhooks/razorpay", content=body, headers=headers)
        replayed = await client.post(
            "/webhooks/razorpay", content=body, headers=headers | {"x-razorpay-event-id": "evt_forged"}
        )

    assert (first.status_code, replayed.status_code) == (200, 200)
    assert stored(database_url, "gateway_account") == ["razorpay:test"]


async def test_the_account_of_an_event_names_the_mode(receiving: Receiving, database_url: str) -> None:
    async with receiving(make_settings(database_url, mode="live")) as client:
        await post_event(client, "evt_1")

    assert stored(database_url, "gateway_account") == ["stripe:live"]


async def test_every_active_secret_is_accepted_and_the_row_says_which(
    receiving: Receiving, database_url: str
) -> None:
    old = "whsec_the_one_before_the_roll"
    async with receiving(
        make_settings(database_url, stripe_webhook_secret=f"{STRIPE_SECRET},{old}")
    ) as client:
        other = stripe_event("payment_intent.succeeded", event_id="evt_2")
        await client.post("/webhooks/stripe", content=BODY, headers=signed(BODY))
        await client.post("/webhooks/stripe", content=other, headers=signed(other, secret=old))
        health = (await client.get("/webhooks/health")).json()

    assert stored(database_url, "key_id") == health["gateways"]["stripe"]["key_ids"]


async def test_a_secret_beyond_its_last_day_proves_nothing_and_health_says_so(
    receiving: Receiving, database_url: str
) -> None:
    old = "whsec_the_one_before_the_roll"
    rolled = make_settings(database_url, stripe_webhook_secret=f"{STRIPE_SECRET},{old}@2020-12-31")

    async with receiving(rolled) as client:
        late = await client.post("/webhooks/stripe", content=BODY, headers=signed(BODY, secret=old))
        await client.post("/webhooks/stripe", content=BODY, headers=signed(BODY))
        [new_key, old_key] = (await client.get("/webhooks/health")).json()["gateways"]["stripe"]["keys"]
        metrics = (await client.get("/metrics")).text

    assert (late.status_code, code(late)) == (400, "signature_mismatch")
    assert (new_key["accepted"], new_key["last_day"], new_key["events"]) == (True, None, 1)
    assert (old_key["accepted"], old_key["last_day"], old_key["events"]) == (False, "2020-12-31", 0)
    assert f'bursar_webhook_key_events_total{{gateway="stripe",key_id="{new_key["key_id"]}"}} 1.0' in metrics
    assert stored(database_url, "key_id") == [new_key["key_id"]]


async def test_a_second_delivery_is_answered_alike_and_changes_nothing(
    receiving: Receiving, database_url: str, woken: Woken
) -> None:
    async with receiving() as client:
        answers = [await post_event(client, "evt_1") for _ in range(3)]
        health = (await client.get("/webhooks/health")).json()["gateways"]["stripe"]

    assert [(each.status_code, each.content) for each in answers] == [(200, b'{"received": true}')] * 3
    assert stored(database_url) == ["evt_1"]
    assert (health["accepted"], health["duplicates"]) == (1, 2)
    assert len(woken.ids) == 1


async def test_fifty_deliveries_at_once_are_one_row(
    receiving: Receiving, database_url: str, woken: Woken
) -> None:
    async with receiving() as client:
        statuses = await post_events(client, ["evt_1"] * 50)

    assert statuses == [200] * 50
    assert stored(database_url) == ["evt_1"]
    assert woken.ids == stored(database_url, "id")


async def test_two_receivers_with_the_same_events_in_opposite_order_do_not_deadlock(
    receiving: Receiving, database_url: str, woken: Woken
) -> None:
    ids = [f"evt_{n:03}" for n in range(100)]

    async with receiving() as one, receiving() as other:
        rounds = await asyncio.gather(post_events(one, ids), post_events(other, ids[::-1]))

    assert rounds == [[200] * 100, [200] * 100]
    assert sorted(map(str, stored(database_url))) == ids
    assert sorted(woken.ids) == stored(database_url, "id")


@pytest.mark.parametrize("name", refusals())
async def test_a_refusal_says_why_in_its_answer_its_log_and_its_counter(
    name: str, receiving: Receiving, database_url: str, woken: Woken
) -> None:
    changes, status, reason = refusals()[name]
    request = {
        "method": "POST",
        "url": "/webhooks/stripe",
        "content": BODY,
        "headers": signed(BODY),
    } | changes

    async with receiving() as client:
        with capture_logs() as lines:
            answer = await client.request(**_encoded(request))
        metrics = (await client.get("/metrics")).text

    assert (answer.status_code, code(answer)) == (status, reason)
    assert stored(database_url) == []
    assert woken.ids == []
    assert f'reason="{reason}"' in metrics
    assert [line["reason"] for line in lines if line["event"] == "webhook.refused"] == [reason]
    assert STRIPE_SECRET not in json.dumps(lines) + answer.text


def _encoded(request: dict[str, Any]) -> dict[str, Any]:
    headers = {key: value.encode("latin-1") for key, value in request["headers"].items()}
    return request | {"headers": headers}


async def test_the_refusal_log_names_the_sender_and_the_hash_but_nothing_of_the_body(
    receiving: Receiving,
) -> None:
    body = b'{"email": "asha@example.org"}'
    async with receiving() as client:
        with capture_logs() as lines:
            await client.post("/webhooks/stripe", content=body, headers=signed(body, secret="wrong" * 8))

    [line] = [line for line in lines if line["event"] == "webhook.refused"]
    assert (line["gateway"], line["peer"], len(line["body_sha256"])) == ("stripe", "192.0.2.7", 16)
    assert "asha" not in json.dumps(lines)


async def test_a_missing_secret_is_named_with_its_variable(receiving: Receiving) -> None:
    async with receiving() as client:
        answer = await client.post("/webhooks/razorpay", content=b"{}")

    assert "RAZORPAY_WEBHOOK_SECRET" in answer.json()["error"]["message"]


async def test_an_event_of_unknown_type_is_stored_for_the_worker_to_ignore(
    receiving: Receiving, database_url: str
) -> None:
    body = b'{"id": "evt_1", "type": "weather.changed"}'
    async with receiving() as client:
        answer = await client.post("/webhooks/stripe", content=body, headers=signed(body))

    assert answer.status_code == 200
    assert stored(database_url, "type") == ["weather.changed"]


async def test_a_body_that_does_not_come_is_given_up(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url), wake=woken, body_limit_s=0.02)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    sent = await _call(app, receive)

    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_an_endless_body_is_cut_off_at_the_limit(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url), wake=woken)
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    sent = await _call(app, receive)

    assert sent[0]["status"] == 413
    assert read <= BODY_BYTES_MAX + 65_536


async def test_a_sender_that_hangs_up_is_no_error_of_ours(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url), wake=woken)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert (await _call(app, receive))[0]["status"] == 400


async def _call(app: Any, receive: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async with app.router.lifespan_context(app):
        scope = {"type": "http", "method": "POST", "path": "/webhooks/stripe", "headers": [], "root_path": ""}
        await app(scope, receive, send)
    return sent
