"""Counts what this process did, per gateway, for /metrics and /webhooks/health. Plain integers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

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
    last_event_at: datetime | None = None


@dataclass(slots=True)
class WakeTally:
    """What became of the wakes."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    """Ids not sent because the broker was behind; the sweeper finds their rows."""


class Tallies:
    """All counts; a Prometheus collector."""

    def __init__(self, gateways: Iterable[str]) -> None:
        self.by_gateway = {name: Tally() for name in [*gateways, NO_GATEWAY]}
        self.wakes = WakeTally()

    def of(self, gateway: str) -> Tally:
        """The counts of a gateway; unknown ones share one."""
        return self.by_gateway[gateway if gateway in self.by_gateway else NO_GATEWAY]

    def refused(
        self, refusal: Refusal, gateway: str, *, body: bytes | None, client: tuple[str, int] | None
    ) -> None:
        """Count and log one refusal: by the hash one can recognise a body, from it one learns nothing."""
        label = gateway if gateway in self.by_gateway else NO_GATEWAY
        self.by_gateway[label].refused[refusal.reason] += 1
        log.warning(
            "webhook.refused",
            gateway=label,
            reason=refusal.reason.value,
            status=refusal.status,
            body_sha256=None if body is None else hashlib.sha256(body).hexdigest()[:_SHA_LENGTH],
            peer=client[0] if client else None,
        )

    def collect(self) -> Iterator[Metric]:
        """What /metrics shows."""
        yield self._events()
        yield self._refusals()
        yield self._last_events()
        yield self._wakes()

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
