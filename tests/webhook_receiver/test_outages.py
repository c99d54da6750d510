"""The database goes away in every way it can: never a 2xx for what is not stored, and nobody waits on."""

import asyncio

import httpx
import psycopg
import pytest

from bursar.sandbox.samples import stripe_event
from tests.webhook_receiver.conftest import (
    Receiving,
    Woken,
    make_settings,
    post_event,
    post_events,
    signed,
    stored,
)
from tests.webhook_receiver.gate import Gate

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def post_until_stored(client: httpx.AsyncClient, event_id: str) -> int:
    """As a gateway does: deliver again until the answer is 200."""
    async with asyncio.timeout(20):
        refused = 0
        while (await post_event(client, event_id)).status_code != 200:
            refused += 1
            await asyncio.sleep(0)
        return refused


async def test_without_a_database_an_event_is_refused_with_a_time_to_come_again(
    receiving: Receiving, gate: Gate, database_url: str
) -> None:
    await gate.shut()
    async with receiving(make_settings(gate.url)) as client:
        answer = await post_event(client, "evt_1")
        ready = await client.get("/ready")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_away")
    assert int(answer.headers["retry-after"]) > 0
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "database_away")
    assert stored(database_url) == []


async def test_when_the_database_is_back_the_redelivery_is_stored(
    receiving: Receiving, gate: Gate, database_url: str
) -> None:
    async with receiving(make_settings(gate.url)) as client:
        await post_event(client, "evt_1")
        await gate.shut()
        down = await post_event(client, "evt_2")
        await gate.open()
        await post_until_stored(client, "evt_2")

    assert down.status_code == 503
    assert stored(database_url) == ["evt_1", "evt_2"]


async def test_a_connection_that_died_while_idle_costs_no_delivery(
    receiving: Receiving, database_url: str
) -> None:
    async with receiving() as client:
        await post_event(client, "evt_1")
        with psycopg.connect(database_url) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        answer = await post_event(client, "evt_2")

    assert answer.status_code == 200
    assert stored(database_url) == ["evt_1", "evt_2"]


async def test_a_commit_that_was_never_confirmed_is_refused_and_its_redelivery_is_a_duplicate(
    receiving: Receiving, gate: Gate, database_url: str, woken: Woken
) -> None:
    async with receiving(make_settings(gate.url), insert_limit_s=0.5) as client:
        await post_event(client, "evt_1")
        gate.swallow_answers()
        lost = await post_event(client, "evt_2")
        await gate.shut()
        await gate.open()
        await post_until_stored(client, "evt_2")
        health = (await client.get("/webhooks/health")).json()["gateways"]["stripe"]

    assert lost.status_code == 503
    assert stored(database_url) == ["evt_1", "evt_2"]
    assert (health["accepted"], health["duplicates"]) == (1, 1)


async def test_a_frozen_database_answers_nobody_and_keeps_nobody(
    receiving: Receiving, gate: Gate, database_url: str
) -> None:
    async with receiving(make_settings(gate.url), insert_limit_s=0.2) as client:
        await post_event(client, "evt_0")
        gate.freeze()
        statuses = await post_events(client, [f"evt_{n}" for n in range(1, 300)])
        await gate.open()
        await post_until_stored(client, "evt_1")

    assert set(statuses) == {503}
    assert "evt_1" in stored(database_url)


async def test_a_full_queue_sheds_load_and_what_was_taken_in_is_stored(
    receiving: Receiving, gate: Gate, database_url: str
) -> None:
    padding = "x" * 250_000
    bodies = [b'{"id": "evt_%03d", "type": "a", "padding": "%s"}' % (n, padding.encode()) for n in range(180)]

    async with receiving(make_settings(gate.url), insert_limit_s=30) as client:
        await post_event(client, "evt_first")
        gate.freeze()
        posts = [
            asyncio.ensure_future(client.post("/webhooks/stripe", content=body, headers=signed(body)))
            for body in bodies
        ]
        await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
        await gate.open()
        answers = await asyncio.gather(*posts)

    shed = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["error"]["code"] for answer in shed} == {"overloaded"}
    assert all("retry-after" in answer.headers for answer in shed)
    assert len(stored(database_url)) == 1 + len(answers) - len(shed)


async def test_a_cancelled_request_takes_nobody_with_it(
    receiving: Receiving, gate: Gate, database_url: str
) -> None:
    async with receiving(make_settings(gate.url)) as client:
        await post_event(client, "evt_0")
        gate.freeze()
        posts = [asyncio.ensure_future(post_event(client, f"evt_{n}")) for n in range(1, 6)]
        await asyncio.sleep(0)
        posts[2].cancel()
        await gate.open()
        answers = await asyncio.gather(*posts, return_exceptions=True)

    assert isinstance(answers.pop(2), asyncio.CancelledError)
    assert {answer.status_code for answer in answers if isinstance(answer, httpx.Response)} == {200}
    assert {"evt_1", "evt_2", "evt_4", "evt_5"} <= set(stored(database_url))


async def test_stopping_while_the_database_is_frozen_leaves_nobody_waiting(
    receiving: Receiving, gate: Gate
) -> None:
    async with receiving(make_settings(gate.url), insert_limit_s=0.2) as client:
        await post_event(client, "evt_0")
        gate.freeze()
        waiting = asyncio.ensure_future(post_event(client, "evt_1"))
        await asyncio.sleep(0)

    assert (await waiting).status_code == 503


async def test_stopping_stores_what_is_queued(receiving: Receiving, database_url: str) -> None:
    async with receiving() as client:
        await post_event(client, "evt_0")
        body = stripe_event("payment_intent.succeeded", event_id="evt_1")
        waiting = asyncio.ensure_future(client.post("/webhooks/stripe", content=body, headers=signed(body)))
        for _ in range(10):  # until it is queued: the loop turns, no time passes
            await asyncio.sleep(0)

    assert (await waiting).status_code == 200
    assert stored(database_url) == ["evt_0", "evt_1"]


async def test_a_database_without_our_tables_is_not_ready_and_says_what_to_run(
    receiving: Receiving, database_url: str
) -> None:
    empty = make_settings(
        f"{database_url}{'&' if '?' in database_url else '?'}options=-csearch_path%3Dpg_catalog"
    )
    async with receiving(empty) as client:
        ready = await client.get("/ready")
        answer = await post_event(client, "evt_1")

    assert ready.status_code == 503
    assert "bursar db upgrade" in ready.json()["error"]["message"]
    assert answer.status_code == 503
