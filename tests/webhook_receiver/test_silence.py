"""When a gateway was last heard: the inbox remembers it, and long silence is an alarm."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bursar.ids import new_id
from tests.webhook_receiver.conftest import (
    RAZORPAY_SECRET,
    make_settings,
    post_event,
)
from webhook_receiver.silence import _LAST_RECEIVED, ROWS_MAX

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

HOUR = timedelta(hours=1)


def store_event(database_url, *, ago, account="stripe:test", source="webhook", count=1):
    """Rows as another receiver left them."""
    rows = [
        (new_id(), account, f"{account}{source}{ago}{n}", source, datetime.now(UTC) - ago)
        for n in range(count)
    ]
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gateway_events (id, gateway_account, dedupe_key, source, received_at,"
            " gateway_event_id, type, body, key_id) VALUES (%s, %s, %s, %s, %s, 'e', 't', '', 'k')",
            rows,
        )


async def health_of(client, gateway="stripe"):
    return (await client.get("/webhooks/health")).json()["gateways"][gateway]


async def test_a_restarted_receiver_knows_when_the_last_event_came(receiving, database_url):
    store_event(database_url, ago=3 * HOUR)
    store_event(database_url, ago=2 * HOUR)

    async with receiving() as client:
        health = await health_of(client)
        metrics = (await client.get("/metrics")).text

    assert 7_200 <= health["silent_for_s"] < 7_500
    assert health["alarm"] is False
    assert health["accepted"] == 0
    last = datetime.fromisoformat(health["last_event_at"])
    assert timedelta(hours=2) <= datetime.now(UTC) - last < timedelta(hours=2, minutes=5)
    assert 'bursar_webhook_silence_alarm{gateway="stripe"} 0.0' in metrics
    assert 'bursar_webhook_last_event_timestamp_seconds{gateway="stripe"}' in metrics


async def test_longer_silence_than_the_setting_is_an_alarm(receiving, database_url):
    store_event(database_url, ago=3 * HOUR)

    async with receiving(make_settings(database_url, silence_alarm_h=2.5)) as client:
        before = await health_of(client)
        metrics = (await client.get("/metrics")).text
        await post_event(client, "evt_1")
        after = await health_of(client)

    assert (before["alarm"], after["alarm"]) == (True, False)
    assert after["silent_for_s"] < 300
    assert 'bursar_webhook_silence_alarm{gateway="stripe"} 1.0' in metrics
    assert 'bursar_webhook_silence_seconds{gateway="stripe"} 108' in metrics


async def test_each_gateway_is_silent_for_itself(receiving, database_url):
    store_event(database_url, ago=30 * HOUR, account="razorpay:test")
    store_event(database_url, ago=1 * HOUR)
    both = make_settings(database_url, razorpay_webhook_secret=RAZORPAY_SECRET)

    async with receiving(both) as client:
        alarms = [(await health_of(client, gateway))["alarm"] for gateway in ("stripe", "razorpay")]

    assert alarms == [False, True]


async def test_a_gateway_that_is_not_configured_is_no_alarm(receiving, database_url):
    store_event(database_url, ago=300 * HOUR, account="razorpay:test")

    async with receiving() as client:
        razorpay = await health_of(client, "razorpay")
        metrics = (await client.get("/metrics")).text

    assert (razorpay["configured"], razorpay["alarm"], razorpay["silent_for_s"]) == (False, False, None)
    assert 'silence_alarm{gateway="razorpay"}' not in metrics


async def test_events_of_the_other_mode_and_fetched_ones_do_not_break_the_silence(receiving, database_url):
    store_event(database_url, ago=30 * HOUR)
    store_event(database_url, ago=HOUR, account="stripe:live")
    store_event(database_url, ago=HOUR, source="backfill")

    async with receiving() as client:
        assert (await health_of(client))["alarm"] is True


async def test_a_gateway_that_never_sent_anything_is_silent_since_the_receiver_started(receiving):
    async with receiving() as client:
        health = await health_of(client)

    assert health["last_event_at"] is None
    assert health["silent_for_s"] < 300
    assert health["alarm"] is False


async def test_without_a_database_health_says_what_it_knows_and_that_it_did_not_ask(receiving, gate):
    async with receiving(make_settings(gate.url)) as client:
        await post_event(client, "evt_1")
        await gate.shut()
        answer = await client.get("/webhooks/health")
        metrics = await client.get("/metrics")

    assert (answer.status_code, metrics.status_code) == (200, 200)
    assert answer.json()["database_answered"] is False
    assert answer.json()["gateways"]["stripe"]["last_event_at"] is not None


async def test_the_question_costs_one_look_at_an_index_however_many_rows_there_are(receiving, database_url):
    store_event(database_url, ago=5 * HOUR)
    store_event(database_url, ago=HOUR, account="razorpay:test", count=500)
    with psycopg.connect(database_url) as connection:
        connection.execute("ANALYZE gateway_events")
        plan = "\n".join(
            line
            for (line,) in connection.execute(
                f"EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) {_LAST_RECEIVED}",
                (ROWS_MAX, "razorpay:test"),
            )
        )

    assert "Index Scan Backward using pk_gateway_events" in plan
    assert "Sort" not in plan
    assert "actual rows=501" not in plan
