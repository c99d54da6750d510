"""What operators see of the receiver, and what the broker hears from it."""

import asyncio
import base64
import json

import pytest
import redis

from bursar.errors import Misconfigured
from tests.webhook_receiver.conftest import Receiving, make_settings, post_event, stored
from webhook_receiver.app import create_app
from workers.publish import wake_by_name

LIMIT_S = 30

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def test_a_running_receiver_is_healthy_and_ready(receiving: Receiving) -> None:
    async with receiving() as client:
        health = await client.get("/health")
        ready = await client.get("/ready")

    assert (health.status_code, ready.status_code) == (200, 200)


async def test_health_tells_per_gateway_what_came_and_what_was_refused(receiving: Receiving) -> None:
    async with receiving() as client:
        await post_event(client, "evt_1")
        await post_event(client, "evt_1")
        await client.post("/webhooks/stripe", content=b"{}")
        gateways = (await client.get("/webhooks/health")).json()["gateways"]

    stripe = gateways["stripe"]
    assert (stripe["accepted"], stripe["duplicates"]) == (1, 1)
    assert stripe["refused"] == {"signature_malformed": 1}
    assert stripe["last_event_at"] is not None
    assert len(stripe["key_ids"]) == 1
    assert gateways["razorpay"]["configured"] is False


async def test_metrics_count_events_refusals_and_wakes(receiving: Receiving) -> None:
    async with receiving() as client:
        await post_event(client, "evt_1")
        await client.post("/webhooks/stripe", content=b"{}")
        metrics = (await client.get("/metrics")).text

    assert 'bursar_webhook_events_total{gateway="stripe",outcome="accepted"} 1.0' in metrics
    assert 'bursar_webhook_refusals_total{gateway="stripe",reason="signature_malformed"} 1.0' in metrics
    assert 'bursar_receiver_wakes_total{outcome="sent"}' in metrics


async def test_the_names_of_unknown_gateways_do_not_become_labels(receiving: Receiving) -> None:
    async with receiving() as client:
        await client.post("/webhooks/asha@example.org", content=b"{}")
        metrics = (await client.get("/metrics")).text

    assert 'bursar_webhook_refusals_total{gateway="unknown",reason="unknown_gateway"} 1.0' in metrics
    assert "asha" not in metrics


async def test_without_a_broker_events_are_stored_all_the_same(
    receiving: Receiving, database_url: str
) -> None:
    async with receiving(wake=wake_by_name) as client:
        answer = await post_event(client, "evt_1")

    assert answer.status_code == 200
    assert stored(database_url) == ["evt_1"]


async def test_a_stored_event_reaches_the_queue_of_the_workers(
    receiving: Receiving, database_url: str, broker_url: str
) -> None:
    async with receiving(wake=wake_by_name) as client:
        await post_event(client, "evt_1")
        told = await asyncio.to_thread(_first_ids, broker_url)

    assert told == [str(each) for each in stored(database_url, "id")]


def _first_ids(broker_url: str) -> list[str]:
    """The ids of the first message that has any; the one a receiver sends at its start has none."""
    with redis.Redis.from_url(broker_url) as broker:
        while message := broker.blpop(["bursar:events"], timeout=LIMIT_S):
            if ids := _ids(message[1]):
                return ids
    raise AssertionError("no message came")


def _ids(message: object) -> list[str]:
    assert isinstance(message, bytes)
    envelope = json.loads(message)
    assert envelope["headers"]["task"] == "events.apply"
    _, kwargs, _ = json.loads(base64.b64decode(envelope["body"]))
    return list(kwargs["ids"])


def test_a_receiver_without_any_secret_does_not_start(database_url: str) -> None:
    with pytest.raises(Misconfigured, match="STRIPE_WEBHOOK_SECRET or RAZORPAY_WEBHOOK_SECRET"):
        create_app(make_settings(database_url, stripe_webhook_secret=None))
