"""Throws inputs at a receiver on a real database and judges what it answered, stored and made of them.

Only the socket is missing: the application gets what a server would hand it, its own inbox does the storing.
"""

import asyncio
import dataclasses
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic, time
from typing import Any
from uuid import UUID

import orjson
import psutil
import psycopg
from starlette.types import ASGIApp

from bursar.errors import Refused
from bursar.gateways.protocol import Ignored, NeedsFetch
from bursar.gateways.registry import GATEWAYS
from bursar.gateways.strictjson import loads
from bursar.settings import Settings
from tests.fuzz.inputs import SIGNERS, Input, Inputs
from tests.fuzz.oracle import proofs
from webhook_receiver.accounts import configured_accounts
from webhook_receiver.app import create_app

ROUND = 512
"""Requests at once: what a batch of the inbox needs to be worth its commit."""
ANSWERS = frozenset({200, 400, 401, 403, 404, 405, 408, 413, 415, 429})
"""Not 503: the database is there, so an answer that asks to come again hides a failure of ours."""
GROWTH_MAX_MIB = 64
"""Over everything after the first tenth, which loads what is loaded on first use."""
EXAMPLES_MAX = 5
SECRETS = {name: [f"{name}_fuzz_{n}_0123456789abcdef".encode() for n in (1, 2)] for name in SIGNERS}
"""Two of each, as while a secret is rotated."""
_NO_ROW = UUID(int=0)

Stored = tuple[str, str, bytes]
"""(account, key_id, sha256 of the body)."""


@dataclass(slots=True)
class Verdict:
    """What came of it. Everything but the counts of what was tried must be zero."""

    seed: int
    inputs: int = 0
    seconds: float = 0.0
    stored: int = 0
    read: int = 0
    """Verified documents that were also read as a worker reads them."""
    rss_growth_mib: float = 0.0
    errors_500: int = 0
    """Answers of 5xx, and exceptions that reached the server."""
    odd_answers: int = 0
    """Statuses that are not on the list."""
    unverified_rows: int = 0
    """Rows whose key did not sign their body, or not in this input."""
    unproven_200: int = 0
    """Events answered 200 that no key of ours signed."""
    lost_events: int = 0
    """True events that were refused or are not in the inbox."""
    broken_reads: int = 0
    """Verified documents whose reading was neither a Reading nor a Refused."""
    answers: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def failures(self) -> dict[str, int]:
        """What must not be, by name."""
        names = (
            "errors_500",
            "odd_answers",
            "unverified_rows",
            "unproven_200",
            "lost_events",
            "broken_reads",
        )
        found = {name: getattr(self, name) for name in names}
        found["memory"] = int(self.rss_growth_mib > GROWTH_MAX_MIB)
        return {name: count for name, count in found.items() if count}

    def blame(self, what: str, each: Input, why: object) -> None:
        """Count one failure and keep the first few to look at."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(f"{what}: {why} ({each.kind}, {each.path!r}): {each.body[:300]!r}")


def run(database_url: str, *, seed: int, inputs: int) -> Verdict:
    """Throw that many inputs at a receiver on this migrated database."""
    variables = {f"{name}_webhook_secret": b",".join(each).decode() for name, each in SECRETS.items()}
    settings = Settings(
        database_url=database_url, webhook_allow="", trusted_proxies="10.0.0.0/9", **variables
    )
    campaign = _Campaign(settings, Verdict(seed=seed))
    with asyncio.Runner() as runner:
        runner.run(campaign.run(islice(Inputs(seed, SECRETS), inputs), inputs))
    return campaign.verdict


class _Campaign:
    def __init__(self, settings: Settings, verdict: Verdict) -> None:
        self.verdict = verdict
        self._app = create_app(settings, wake=_wake)
        self._url = settings.required_database_url()
        self._accounts = configured_accounts(settings)
        self._keys = {
            name: {key.secret.key_id: key.secret.value for key in account.keys}
            for name, account in self._accounts.items()
        }
        self._last_row = _NO_ROW

    async def run(self, inputs: Iterator[Input], expected: int) -> None:
        began, warm_mib = monotonic(), 0.0
        async with self._app.router.lifespan_context(self._app), self._connection() as connection:
            while batch := list(islice(inputs, ROUND)):
                await self._round(batch, connection)
                if not warm_mib and self.verdict.inputs >= expected / 10:
                    warm_mib = _rss_mib()
        self.verdict.rss_growth_mib = round(_rss_mib() - warm_mib, 1)
        self.verdict.seconds = round(monotonic() - began, 1)

    async def _round(self, batch: Sequence[Input], connection: psycopg.AsyncConnection[Any]) -> None:
        now_s = int(time())
        answers = await asyncio.gather(*(_answer(self._app, each) for each in batch))
        signed: set[Stored] = set()
        for each, (status, error) in zip(batch, answers, strict=True):
            self._judge(each, status, error)
            proven = self._proven(each, now_s)
            signed |= proven
            if status == 200 and each.path.startswith("/webhooks/") and each.method == "POST" and not proven:
                self.verdict.blame("unproven_200", each, "no key of ours signed it")
            if proven:
                self._read(each)
        await self._check_rows(batch, signed, connection)

    def _judge(self, each: Input, status: int, error: str | None) -> None:
        self.verdict.inputs += 1
        self.verdict.answers[status] += 1
        self.verdict.kinds[each.kind] += 1
        if status >= 500:
            self.verdict.blame("errors_500", each, f"{status} {error}")
        elif status not in ANSWERS:
            self.verdict.blame("odd_answers", each, status)
        elif each.true and status != 200:
            self.verdict.blame("lost_events", each, f"answered {status}")

    def _proven(self, each: Input, now_s: int) -> set[Stored]:
        found = proofs(each.gateway, self._keys[each.gateway], each.headers, each.body, now_s)
        return {(self._accounts[each.gateway].name, key_id, digest) for key_id, digest in found}

    def _read(self, each: Input) -> None:
        """As `events.apply` does with the row: whatever it is, it becomes facts or a dead letter."""
        gateway = GATEWAYS[each.gateway]
        try:
            document = loads(each.body)
            named = gateway.envelope(document, each.body, {})
            reading = gateway.read(named.type, document)
        except Refused:
            return
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we are looking for
            self.verdict.blame("broken_reads", each, repr(error))
            return
        self.verdict.read += 1
        if not isinstance(reading, Ignored | NeedsFetch) and not _are_facts(reading):
            self.verdict.blame("broken_reads", each, f"read as {type(reading).__name__}")

    async def _check_rows(
        self, batch: Sequence[Input], signed: set[Stored], connection: psycopg.AsyncConnection[Any]
    ) -> None:
        cursor = await connection.execute(
            "SELECT id, gateway_account, key_id, body FROM gateway_events WHERE id > %s ORDER BY id",
            [self._last_row],
        )
        stored = [(row[0], row[1], row[2], bytes(row[3])) for row in await cursor.fetchall()]
        for _, account, key_id, body in stored:
            if (account, key_id, _digest(body)) not in signed:
                self.verdict.unverified_rows += 1
                self.verdict.examples = [*self.verdict.examples, f"unverified_rows: {body[:300]!r}"][
                    :EXAMPLES_MAX
                ]
        self.verdict.stored += len(stored)
        self._last_row = stored[-1][0] if stored else self._last_row
        bodies = {body for *_, body in stored}
        for each in batch:
            if each.true and each.body not in bodies:
                self.verdict.blame("lost_events", each, "not in the inbox")

    @asynccontextmanager
    async def _connection(self) -> Any:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            yield connection


def _wake(_: str, __: Sequence[UUID]) -> bool:
    return True


async def _answer(app: ASGIApp, each: Input) -> tuple[int, str | None]:
    """The status, and what went wrong when the server would have to say it."""
    left = list(each.chunks)
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not left or (len(left) == 1 and not each.complete):
            return {"type": "http.disconnect"}
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": each.method,
        "path": each.path,
        "headers": list(each.headers),
        "client": each.client,
        "root_path": "",
        "query_string": b"",
    }
    try:
        await app(scope, receive, send)
        status = int(sent[0]["status"])
    except Exception as error:  # noqa: BLE001  # the server would answer 500
        return 500, repr(error)
    return status, bytes(sent[1]["body"]).decode() if status >= 500 else None


def _are_facts(reading: object) -> bool:
    return isinstance(reading, tuple) and all(dataclasses.is_dataclass(each) for each in reading)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _rss_mib() -> float:
    return psutil.Process().memory_info().rss / (1 << 20)


def as_json(verdict: Verdict) -> str:
    """One object; `inputs`, `errors_500` and `unverified_rows` are what others read."""
    told = {each.name: getattr(verdict, each.name) for each in dataclasses.fields(verdict)}
    told |= {"failures": verdict.failures}
    return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS).decode()


def say(line: str, *, to_errors: bool) -> None:
    """One line for people."""
    stream = sys.stderr if to_errors else sys.stdout
    stream.write(f"{line}\n")
    stream.flush()
