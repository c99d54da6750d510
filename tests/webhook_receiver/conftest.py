"""A receiver in this process on a real database, and a gate that can shut between the two."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from bursar.sandbox.samples import stripe_event
from bursar.sandbox.signers import sign_stripe
from bursar.settings import Settings
from tests.webhook_receiver.gate import Gate
from webhook_receiver.app import create_app

STRIPE_SECRET = "whsec_of_the_receiver_tests"
RAZORPAY_SECRET = "razorpay_of_the_receiver_tests"

Receiving = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return make_settings(database_url)


def make_settings(database_url: str, **changes: object) -> Settings:
    given: dict[str, object] = {"database_url": database_url, "stripe_webhook_secret": STRIPE_SECRET}
    return Settings(**(given | changes))  # type: ignore[arg-type]


class Woken:
    """Stands in for the broker: remembers which rows workers were woken for."""

    def __init__(self) -> None:
        self.messages: list[list[UUID]] = []

    def __call__(self, name: str, ids: Sequence[UUID]) -> bool:
        assert name == "events.apply"
        self.messages.append(list(ids))
        return True

    @property
    def ids(self) -> list[UUID]:
        return [each for message in self.messages for each in message]


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def receiving(settings: Settings, woken: Woken) -> Receiving:
    """`async with receiving() as client:` runs a receiver; keywords go to `create_app`."""

    @asynccontextmanager
    async def start(settings: Settings = settings, **options: object) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(settings, **({"wake": woken} | options))  # type: ignore[arg-type]
        async with running(app) as client:
            yield client

    return start


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4242))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://r") as c,
    ):
        yield c


@pytest.fixture
async def gate(database_url: str, anyio_backend: str) -> AsyncIterator[Gate]:
    async with Gate(database_url) as gate:
        yield gate


def signed(body: bytes, *, secret: str = STRIPE_SECRET, age_s: int = 0) -> dict[str, str]:
    return sign_stripe(body, secret.encode(), int(time.time()) - age_s)


async def post_event(client: httpx.AsyncClient, event_id: str) -> httpx.Response:
    body = stripe_event("payment_intent.succeeded", event_id=event_id)
    return await client.post("/webhooks/stripe", content=body, headers=signed(body))


async def post_events(client: httpx.AsyncClient, event_ids: Sequence[str]) -> list[int]:
    answers = await asyncio.gather(*(post_event(client, each) for each in event_ids))
    return [answer.status_code for answer in answers]


def stored(database_url: str, column: str = "gateway_event_id") -> list[object]:
    with psycopg.connect(database_url) as connection:
        query = psycopg.sql.SQL("SELECT {} FROM gateway_events ORDER BY id").format(
            psycopg.sql.Identifier(column)
        )
        return [value for (value,) in connection.execute(query)]
