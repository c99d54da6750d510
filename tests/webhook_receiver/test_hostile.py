"""A receiver process among hostile senders: it neither grows nor keeps anybody else waiting."""

import asyncio
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from bursar.sandbox.samples import stripe_event
from tests.webhook_receiver.conftest import signed, stored
from tests.webhook_receiver.test_process import LIMIT_S, post, receiver

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

GIB = 1 << 30
CHUNK = b"%x\r\n" % 65_536 + b"x" * 65_536 + b"\r\n"
GROWTH_MAX = 24 << 20
"""Bytes: a hundredth of what is sent. Sixteen bodies of 256 KiB are four MiB, and Python keeps some."""
STREAMS = 16
SLOW_SOCKETS = 200
GOOD_EVENTS = 40


def head(path="/webhooks/stripe", *lines):
    return "".join(f"{line}\r\n" for line in (f"POST {path} HTTP/1.1", "host: r", *lines, "")).encode()


def connect(url):
    return socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), LIMIT_S)


def pour(connection, bytes_max):
    """Send chunks until somebody has enough; how many bytes went out."""
    sent = 0
    try:
        while sent < bytes_max:
            connection.sendall(CHUNK)
            sent += len(CHUNK)
    except ConnectionError:
        pass
    return sent


async def test_a_gibibyte_in_chunks_is_cut_off_and_the_process_does_not_grow(database_url):
    first, last = (stripe_event("payment_intent.succeeded", event_id=each) for each in ("evt_1", "evt_2"))
    with receiver(database_url) as (process, url):
        await asyncio.to_thread(post, url, first)  # what is loaded on first use is loaded
        before = psutil.Process(process.pid).memory_info().rss
        sent = []
        for path in ["/webhooks/stripe"] * STREAMS + ["/webhooks/nobody", "/health"]:
            with connect(url) as connection:
                connection.sendall(head(path, "transfer-encoding: chunked"))
                sent.append(await asyncio.to_thread(pour, connection, GIB))
        grown = psutil.Process(process.pid).memory_info().rss - before
        status = await asyncio.to_thread(post, url, last)
        metrics = httpx.get(f"{url}/metrics", timeout=LIMIT_S).text

    assert status == 200
    assert max(sent) < GIB // 16  # what the kernel holds; nobody listened for longer
    assert grown < GROWTH_MAX
    assert f'refusals_total{{gateway="stripe",reason="body_too_large"}} {STREAMS}.0' in metrics


@pytest.mark.parametrize("begun", ["head", "body"])
async def test_two_hundred_slow_sockets_keep_nobody_waiting_and_are_served_when_they_finish(
    begun, database_url
):
    events = [stripe_event("payment_intent.succeeded", event_id=f"evt_{n:03}") for n in range(SLOW_SOCKETS)]
    good = [stripe_event("payment_intent.succeeded", event_id=f"good_{n:02}") for n in range(GOOD_EVENTS)]

    def request(body):
        lines = [f"{name}: {value}" for name, value in signed(body).items()]
        return head("/webhooks/stripe", f"content-length: {len(body)}", *lines) + body

    with receiver(database_url) as (_, url), ExitStack() as stack:
        began = time.monotonic()
        slow = [stack.enter_context(connect(url)) for _ in events]
        requests = [request(body) for body in events]
        cut = 20 if begun == "head" else -1
        for connection, whole in zip(slow, requests, strict=True):
            connection.sendall(whole[:cut])
        with httpx.Client(timeout=LIMIT_S) as client:
            statuses = [
                client.post(f"{url}/webhooks/stripe", content=body, headers=signed(body)).status_code
                for body in good
            ]
        unanswered = [_is_silent(connection) for connection in slow]
        in_time = time.monotonic() - began < 8  # a slow machine: the body limit is ten seconds
        for connection, whole in zip(slow, requests, strict=True):
            connection.sendall(whole[cut:])
        answers = [connection.recv(4096) for connection in slow] if in_time else []

    assert statuses == [200] * GOOD_EVENTS
    assert not in_time or all(unanswered)
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert {f"good_{n:02}" for n in range(GOOD_EVENTS)} <= set(stored(database_url))


def _is_silent(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) is None
    except BlockingIOError:
        return True
    finally:
        connection.settimeout(LIMIT_S)
