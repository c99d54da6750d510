"""A delivery that is handed over whole is answered as the application would have answered it."""

import asyncio
import re

import httpx
import pytest

from bursar.sandbox.samples import stripe_event
from tests.webhook_receiver.conftest import Woken, make_settings, running, signed, stored
from webhook_receiver.answers import Answer
from webhook_receiver.app import Receiver, create_app
from webhook_receiver.heads import Whole

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

PEER = "192.0.2.7"
TARGET = "/webhooks/stripe"
LIMIT_S = 20


def event(event_id: str = "evt_1") -> bytes:
    return stripe_event("payment_intent.succeeded", event_id=event_id)


def cases() -> dict[str, tuple[bytes, dict[str, str], int]]:
    """Body, headers and answer; signed anew, for signatures age."""
    return {
        "good": (event(), signed(event()), 200),
        "unsigned": (event(), {}, 400),
        "signed by another": (event(), signed(event(), secret="whsec_of_somebody_else"), 400),
        "signed long ago": (event(), signed(event(), age_s=4_000), 400),
        "not JSON": (b"{'a': 1}", signed(b"{'a': 1}"), 400),
        "without a type": (b'{"id": "evt_1"}', signed(b'{"id": "evt_1"}'), 400),
        "empty": (b"", signed(b""), 400),
    }


async def handed_over(app: Receiver, body: bytes, headers: dict[str, str]) -> Answer:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    app.webhooks.deliveries()[TARGET](PEER, Whole(TARGET, headers, body), answer.set_result)
    return await asyncio.wait_for(answer, LIMIT_S)


def told(answer: httpx.Response) -> tuple[int, bytes, set[tuple[bytes, bytes]]]:
    """Without `connection: close`, which only those need whose body was not read."""
    headers = {(name.lower(), value) for name, value in answer.headers.raw}
    return answer.status_code, answer.content, headers - {(b"connection", b"close")}


@pytest.mark.parametrize("case", cases())
async def test_both_ways_give_one_answer(case: str, database_url: str, woken: Woken) -> None:
    body, headers, status = cases()[case]
    app = create_app(make_settings(database_url), wake=woken)
    async with running(app) as client:
        short = await handed_over(app, body, headers)
        usual = await client.post(TARGET, content=body, headers=headers)

    assert short.status == status
    status_usual, body_usual, headers_usual = told(usual)
    assert (short.status, set(short.headers)) == (status_usual, headers_usual)
    assert re.sub(rb"signed \d+ s", b"", short.body) == re.sub(rb"signed \d+ s", b"", body_usual)
    assert stored(database_url, "body") == ([body] if status == 200 else [])


async def test_a_sender_who_may_not_deliver_is_refused(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url, webhook_allow="stripe=198.51.100.0/24"), wake=woken)
    async with running(app):
        answer = await handed_over(app, event(), signed(event()))

    assert answer.status == 403


async def test_what_the_database_did_not_confirm_is_refused(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url), wake=woken)

    answer = await handed_over(app, event(), signed(event()))  # nothing was started

    assert (answer.status, dict(answer.headers)[b"retry-after"]) == (503, b"5")


async def test_an_answer_that_fails_costs_nobody_theirs(database_url: str, woken: Woken) -> None:
    app = create_app(make_settings(database_url), wake=woken)

    def fail(_: Answer) -> None:
        raise ZeroDivisionError

    async with running(app):
        app.webhooks.deliveries()[TARGET](PEER, Whole(TARGET, signed(event()), event()), fail)
        answer = await handed_over(app, event("evt_2"), signed(event("evt_2")))

    assert answer.status == 200
    assert stored(database_url) == ["evt_1", "evt_2"]
