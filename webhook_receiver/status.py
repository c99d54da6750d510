"""What operators and supervisors ask: alive, ready, what came in. Reads only, and nothing per customer."""

import asyncio
from collections.abc import Mapping

import orjson
import psycopg
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bursar.clock import utc_now
from webhook_receiver.accounts import Account, Key
from webhook_receiver.inbox import connection_url
from webhook_receiver.silence import Silence
from webhook_receiver.tally import Tallies, Tally

log = structlog.get_logger(__name__)

PROBE_LIMIT_S = 1.0
"""A load balancer asks every few seconds; an answer that takes longer is a no."""
PROBE_AGE_MAX_S = 1.0
"""Anyone may ask: at most one connection a second is spent on the answer."""


class Status:
    """The GET endpoints."""

    def __init__(
        self, database_url: str, accounts: Mapping[str, Account], tallies: Tallies, silence: Silence
    ) -> None:
        self._url = connection_url(database_url)
        self._accounts = accounts
        self._tallies = tallies
        self._silence = silence
        self._registry = CollectorRegistry()
        self._registry.register(tallies)
        self._registry.register(silence)
        self._probing = asyncio.Lock()
        self._probed_at = float("-inf")
        self._problem: str | None = None

    def routes(self) -> list[Route]:
        """The routes of this module."""
        return [
            Route("/health", self.health),
            Route("/ready", self.ready),
            Route("/webhooks/health", self.webhooks_health),
            Route("/metrics", self.metrics),
        ]

    async def health(self, _: Request) -> Response:
        """Whether the process serves requests; says nothing about the database on purpose."""
        return _json({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Whether events could be stored now."""
        problem = await self._probe()
        if problem is None:
            return _json({"status": "ready"})
        return _json({"error": {"code": "database_away", "message": problem}}, status=503)

    async def webhooks_health(self, _: Request) -> Response:
        """Per gateway: when it was last heard, whether that is too long ago, what was refused."""
        await self._silence.refresh()
        gateways = {name: self._gateway(name) for name in self._tallies.by_gateway}
        return _json({"database_answered": self._silence.database_answered, "gateways": gateways})

    async def metrics(self, _: Request) -> Response:
        """The same for Prometheus."""
        await self._silence.refresh()
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def _gateway(self, name: str) -> dict[str, object]:
        tally: Tally = self._tallies.by_gateway[name]
        account = self._accounts.get(name)
        heard = self._silence.of(name) if account else None
        return {
            "configured": account is not None,
            "accepted": tally.accepted,
            "duplicates": tally.duplicates,
            "refused": {reason.value: count for reason, count in tally.refused.items()},
            "last_event_at": tally.last_event_at,
            "silent_for_s": round(heard.silent_for_s) if heard else None,
            "alarm": heard is not None and heard.alarm,
            "key_ids": [key.secret.key_id for key in account.keys] if account else [],
            "keys": [_key(key, tally) for key in account.keys] if account else [],
        }

    async def _probe(self) -> str | None:
        """What keeps events from being stored, or None."""
        async with self._probing:
            now = asyncio.get_running_loop().time()
            if now - self._probed_at >= PROBE_AGE_MAX_S:
                self._problem = await _database_problem(self._url)
                self._probed_at = asyncio.get_running_loop().time()
            return self._problem


async def _database_problem(url: str) -> str | None:
    try:
        async with asyncio.timeout(PROBE_LIMIT_S):
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute("SELECT FROM gateway_events LIMIT 0")
    except psycopg.errors.UndefinedTable:
        return "the database of BURSAR_DATABASE_URL has no inbox; run `bursar db upgrade`"
    except (psycopg.Error, OSError) as error:
        log.warning("ready.refused", error=type(error).__name__)
        return f"BURSAR_DATABASE_URL did not answer within {PROBE_LIMIT_S:g} s; check that the server runs"
    return None


def _json(answer: object, status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status_code=status, media_type="application/json")


def _key(key: Key, tally: Tally) -> dict[str, object]:
    """One secret as a rotation needs to see it: whether it is still accepted, and still used."""
    return {
        "key_id": key.secret.key_id,
        "last_day": key.last_day,
        "accepted": utc_now().timestamp() < key.ends_at,
        "events": tally.keys[key.secret.key_id],
    }
