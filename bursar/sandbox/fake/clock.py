"""The time the fake gateways live in: the wall clock, and what a script moved it ahead."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bursar.clock import utc_now
from bursar.errors import Refused

ADVANCE_S_MAX = 10 * 366 * 86_400
"""Seconds of one step: ten years. A longer step is a number in the wrong unit."""


class FakeClock:
    """A clock that runs like the one it was given, and can be moved ahead. It never goes back."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The fake's time, aware, in UTC."""
        return self._now() + self._ahead

    def unix_s(self) -> int:
        """The fake's time in Unix seconds, as gateways write it."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> None:
        """Move ahead. Raises Refused for a step that is not between 0 and ten years."""
        if not 0 <= seconds <= ADVANCE_S_MAX:
            raise Refused(f"seconds must be between 0 and {ADVANCE_S_MAX}: time does not go back")
        self._ahead += timedelta(seconds=seconds)
