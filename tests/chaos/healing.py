"""How long a wound stays open, measured kill by kill.

Heal time of one kill: from the moment of the kill until no event that was accepted before it is left
unapplied, which means running, or pending without waiting for another event. A backlog that was there anyway
counts too.
"""

import threading
import time
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy.exc import OperationalError

from bursar.sandbox.stage import count

EVERY_S = 0.1
OLDEST = """
SELECT coalesce(extract(epoch FROM min(received_at)) * 1000000, 0)::bigint FROM gateway_events
WHERE state = 'running' OR (state = 'pending' AND waiting_for IS NULL)
"""
"""When the oldest unapplied event was accepted, in microseconds; 0 when there is none."""


@dataclass
class Healing:
    """Heal times in seconds, one per kill that has healed."""

    times: list[float]
    """Unix times of the kills, growing while we look."""
    healed_s: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> threading.Thread:
        """Look ten times a second, from a thread of its own, until `stop`."""
        thread = threading.Thread(target=self._run, name="healing", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """No further looks."""
        self._stop.set()

    @property
    def p50_s(self) -> float | None:
        """The middle one; None when a kill never healed."""
        return round(median(self.healed_s.values()), 1) if self._complete() else None

    @property
    def max_s(self) -> float | None:
        """The longest one; None when a kill never healed."""
        return round(max(self.healed_s.values()), 1) if self._complete() else None

    def _complete(self) -> bool:
        return bool(self.times) and len(self.healed_s) == len(self.times)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.look()

    def look(self) -> None:
        """Close the wounds that have healed by now."""
        struck = list(self.times)
        now = time.time()
        try:
            oldest_s = count(OLDEST) / 1_000_000
        except OperationalError:  # the database is the one that was hit
            return
        for n, at in enumerate(struck):
            if n not in self.healed_s and (not oldest_s or oldest_s > at):
                self.healed_s[n] = now - at
