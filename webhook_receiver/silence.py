"""When each gateway was last heard, as the inbox knows it: an endpoint that was turned off is only silent.

Reads; writes nothing. The answer outlives a restart of this process and includes the other receivers.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog
from prometheus_client.core import GaugeMetricFamily, Metric

from bursar.clock import utc_now
from webhook_receiver.accounts import Account
from webhook_receiver.inbox import connection_url
from webhook_receiver.tally import Tallies

log = structlog.get_logger(__name__)

ASK_LIMIT_S = 1.0
"""Connect and read. Who asks for the health of the receiver wants to know now."""
ASK_AGAIN_S = 10.0
"""Anyone may ask us: the database is asked at most this often. Nothing here is about seconds."""
_ASK_A_SILENT_DATABASE_AGAIN_S = 1.0
ROWS_MAX = 50_000
"""Rows looked at, newest first: about 50 ms at worst. Who sent none of them counts as not heard."""

_LAST_RECEIVED = """
    SELECT received_at
    FROM (SELECT gateway_account, source, received_at FROM gateway_events ORDER BY id DESC LIMIT %s) AS newest
    WHERE gateway_account = %s AND source = 'webhook'
    LIMIT 1
"""
"""Walks the primary key backwards (ids are UUIDv7, so by time) and stops at the first match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of one gateway's silence."""

    last_event_at: datetime | None
    silent_for_s: float
    """Since the last event; where none is known, since this process started."""
    alarm: bool


class Silence:
    """Measures how long each configured gateway has sent nothing; a Prometheus collector."""

    def __init__(
        self, database_url: str, accounts: Mapping[str, Account], tallies: Tallies, alarm_h: float
    ) -> None:
        self._url = connection_url(database_url)
        self._accounts = accounts
        self._tallies = tallies
        self._alarm_s = alarm_h * 3600
        self._started_at = utc_now()
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self.database_answered = False

    async def refresh(self) -> None:
        """Ask the database, unless it was asked a moment ago. Never raises: it may be away."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            pause_s = ASK_AGAIN_S if self.database_answered else _ASK_A_SILENT_DATABASE_AGAIN_S
            if now - self._asked_at < pause_s:
                return
            self.database_answered = await self._ask()
            self._asked_at = asyncio.get_running_loop().time()

    def of(self, gateway: str) -> Heard:
        """The silence of a configured gateway."""
        last = self._tallies.of(gateway).last_event_at
        silent_for_s = max(0.0, (utc_now() - (last or self._started_at)).total_seconds())
        return Heard(last_event_at=last, silent_for_s=silent_for_s, alarm=silent_for_s > self._alarm_s)

    def collect(self) -> Iterator[Metric]:
        """What /metrics shows."""
        silent = GaugeMetricFamily(
            "bursar_webhook_silence_seconds", "How long a gateway has sent no event", labels=["gateway"]
        )
        alarm = GaugeMetricFamily(
            "bursar_webhook_silence_alarm",
            "1 when that is longer than BURSAR_SILENCE_ALARM_H",
            labels=["gateway"],
        )
        for gateway in self._accounts:
            heard = self.of(gateway)
            silent.add_metric([gateway], heard.silent_for_s)
            alarm.add_metric([gateway], heard.alarm)
        yield silent
        yield alarm

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    for gateway, account in self._accounts.items():
                        cursor = await connection.execute(_LAST_RECEIVED, (ROWS_MAX, account.name))
                        self._heard(gateway, await cursor.fetchone())
        except (psycopg.Error, OSError) as error:
            log.warning("silence.unknown", error=type(error).__name__)
            return False
        return True

    def _heard(self, gateway: str, row: tuple[datetime] | None) -> None:
        tally = self._tallies.of(gateway)
        if row is not None and (tally.last_event_at is None or row[0] > tally.last_event_at):
            tally.last_event_at = row[0]
