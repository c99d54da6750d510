"""Counts what this process did, per gateway, for /metrics and /webhooks/health. Plain integers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from webhook_receiver.refusals import Reason, Refusal

log = structlog.get_logger(__name__)

NO_GATEWAY = "unknown"
"""The label of what was sent to no gateway of ours; the name itself is the sender's choice and unbounded."""
_SHA_LENGTH = 16
"""Hex digits of a refused body's hash: enough to recognise it."""


@dataclass(slots=True)
class Tally:
    """What one gateway sent since the process started."""

    accepted: int = 0
    duplicates: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    """Verified events by the secret that signed them: the old one of a rotation fades out."""
    last_event_at: datetime | None = None
    """Here or, once somebody asked for it, at any receiver of this inbox."""


@dataclass(slots=True)
class WakeTally:
    """What became of the wakes."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    """Ids not sent because the broker was behind; the sweeper finds their rows."""


class HangUp(StrEnum):
    """Why a connection was closed that never became a request."""

    TOO_SLOW = "too_slow"
    ENDLESS_HEAD = "endless_head"
    NOT_HTTP = "not_http"


class Tallies:
    """All counts; a Prometheus collector."""

    def __init__(self, gateways: Iterable[str]) -> None:
        self.by_gateway = {name: Tally() for name in [*gateways, NO_GATEWAY]}
        self.wakes = WakeTally()
        self.hang_ups: Counter[HangUp] = Counter()

    def of(self, gateway: str) -> Tally:
        """The counts of a gateway; unknown ones share one."""
        return self.by_gateway[self._label(gateway)]

    def refused(self, refusal: Refusal, gateway: str, *, body: bytes | None, peer: str | None) -> None:
        """Count and log one refusal: by the hash one can recognise a body, from it one learns nothing."""
        label = self._label(gateway)
        self.by_gateway[label].refused[refusal.reason] += 1
        log.warning(
            "webhook.refused",
            gateway=label,
            reason=refusal.reason.value,
            status=refusal.status,
            body_sha256=None if body is None else hashlib.sha256(body).hexdigest()[:_SHA_LENGTH],
            peer=peer,
        )

    def limited(self, refusal: Refusal, gateway: str, *, peer: str | None, first: bool) -> None:
        """Count a refusal of a sender beyond its limit; only the first one is worth a line."""
        label = self._label(gateway)
        self.by_gateway[label].refused[refusal.reason] += 1
        if first:
            log.warning("webhook.sender_limited", gateway=label, peer=peer)

    def _label(self, gateway: str) -> str:
        return gateway if gateway in self.by_gateway else NO_GATEWAY

    def collect(self) -> Iterator[Metric]:
        """What /metrics shows."""
        yield self._events()
        yield self._refusals()
        yield self._last_events()
        yield self._wakes()
        yield self._keys()
        yield self._hang_ups()

    def _events(self) -> Metric:
        events = CounterMetricFamily(
            "bursar_webhook_events", "Verified events by what became of them", labels=["gateway", "outcome"]
        )
        for gateway, tally in self.by_gateway.items():
            events.add_metric([gateway, "accepted"], tally.accepted)
            events.add_metric([gateway, "duplicate"], tally.duplicates)
        return events

    def _refusals(self) -> Metric:
        refusals = CounterMetricFamily(
            "bursar_webhook_refusals", "Deliveries not taken in", labels=["gateway", "reason"]
        )
        for gateway, tally in self.by_gateway.items():
            for reason, count in tally.refused.items():
                refusals.add_metric([gateway, reason.value], count)
        return refusals

    def _last_events(self) -> Metric:
        last = GaugeMetricFamily(
            "bursar_webhook_last_event_timestamp_seconds",
            "When the last event was stored",
            labels=["gateway"],
        )
        for gateway, tally in self.by_gateway.items():
            if tally.last_event_at is not None:
                last.add_metric([gateway], tally.last_event_at.timestamp())
        return last

    def _wakes(self) -> Metric:
        wakes = CounterMetricFamily(
            "bursar_receiver_wakes", "Wakes of events.apply by what became of them", labels=["outcome"]
        )
        wakes.add_metric(["sent"], self.wakes.sent)
        wakes.add_metric(["failed"], self.wakes.failed)
        wakes.add_metric(["dropped"], self.wakes.dropped)
        return wakes

    def _keys(self) -> Metric:
        keys = CounterMetricFamily(
            "bursar_webhook_key_events",
            "Verified events by the secret that signed",
            labels=["gateway", "key_id"],
        )
        for gateway, tally in self.by_gateway.items():
            for key_id, count in tally.keys.items():
                keys.add_metric([gateway, key_id], count)
        return keys

    def _hang_ups(self) -> Metric:
        hang_ups = CounterMetricFamily(
            "bursar_receiver_hang_ups", "Connections closed before they were a request", labels=["reason"]
        )
        for reason in HangUp:
            hang_ups.add_metric([reason.value], self.hang_ups[reason])
        return hang_ups
