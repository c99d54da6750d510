"""Events that others published, delivered as their gateways would: signed, to the real receiver."""

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import orjson

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.registry import GATEWAYS
from bursar.rules.facts import Fact
from bursar.sandbox.signers import sign_razorpay, sign_stripe
from bursar.settings import Settings
from webhook_receiver.app import create_app

SECRETS = {"stripe": "whsec_of_the_corpus_tests", "razorpay": "razorpay_of_the_corpus_tests"}
_MODES = ("test", "live")


@dataclass(frozen=True)
class Published:
    """One published event, as it is posted."""

    name: str
    """Its file."""
    gateway: str
    mode: str
    """Where it says it happened; Razorpay's events do not say."""
    body: bytes

    @property
    def account(self) -> str:
        return f"{self.gateway}:{self.mode}"

    @cached_property
    def type(self) -> str:
        return GATEWAYS[self.gateway].envelope(strictjson.loads(self.body), self.body, {}).type

    @cached_property
    def key(self) -> str:
        """What the inbox tells it from others by."""
        return GATEWAYS[self.gateway].envelope(strictjson.loads(self.body), self.body, {}).dedupe_key

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What it says; nothing where it is ignored or cannot be read."""
        try:
            reading = GATEWAYS[self.gateway].read(self.type, strictjson.loads(self.body))
        except Refused:
            return ()
        return reading if isinstance(reading, tuple) else ()

    def headers(self) -> dict[str, str]:
        secret = SECRETS[self.gateway].encode()
        if self.gateway == "stripe":
            return sign_stripe(self.body, secret, int(time.time()))
        return sign_razorpay(self.body, secret)


def published(folder: Path) -> list[Published]:
    """Every published event of Stripe, under a fresh id of its own, and of Razorpay, byte for byte."""
    stripe = [_stripe_event(file) for file in sorted((folder / "stripe").glob("*.json"))]
    razorpay = [
        Published(name=file.name, gateway="razorpay", mode="test", body=file.read_bytes())
        for file in sorted((folder / "razorpay").glob("*.json"))
    ]
    return stripe + razorpay


def post(events: Sequence[Published], database_url: str, *, mode: str | None = None) -> list[int]:
    """Deliver at once, each to the receiver of its mode or all to that of `mode`; returns the statuses."""
    by_mode = {each: [event for event in events if (mode or event.mode) == each] for each in _MODES}
    return asyncio.run(_post_to_receivers(by_mode, database_url))


async def _post_to_receivers(by_mode: Mapping[str, Sequence[Published]], database_url: str) -> list[int]:
    answers: list[int] = []
    for mode, events in by_mode.items():
        if events:
            answers += await _post_to_one(events, _settings(database_url, mode))
    return answers


async def _post_to_one(events: Iterable[Published], settings: Settings) -> list[int]:
    app = create_app(settings, wake=lambda _name, _ids: True)
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4242))
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        answers = await asyncio.gather(
            *(
                client.post(f"http://r/webhooks/{event.gateway}", content=event.body, headers=event.headers())
                for event in events
            )
        )
    return [answer.status_code for answer in answers]


def _settings(database_url: str, mode: str) -> Settings:
    secrets = {f"{gateway}_webhook_secret": secret for gateway, secret in SECRETS.items()}
    return Settings(database_url=database_url, mode=mode, **secrets)  # type: ignore[arg-type]


def _stripe_event(file: Path) -> Published:
    """Many share one zeroed id, so each gets its own; made of its name, for ties are broken by it."""
    document = orjson.loads(file.read_bytes())
    document["id"] = "evt_" + hashlib.sha256(file.name.encode()).hexdigest()[:24]
    mode = "live" if document.get("livemode") else "test"
    return Published(name=file.name, gateway="stripe", mode=mode, body=orjson.dumps(document))
