"""Idempotency keys as gateways keep them: the answer that was given, for a day, whatever it was.

Stripe keeps a 500 as it keeps a success (docs.stripe.com/api/idempotent_requests): the same key asks the
same question, so only the state of the object tells what happened.
"""

from dataclasses import dataclass
from enum import Enum, auto

from bursar.sandbox.fake.clock import FakeClock
from bursar.sandbox.fake.vendor import Answer

KEPT_S = 86_400
"""Seconds an answer is kept: Stripe promises "at least 24 hours"; a caller must not count on more."""
KEYS_MAX = 100_000
"""Keys of one server: a test of a million charges wants a server of its own."""


class Clash(Enum):
    """Why a key cannot be used now."""

    OTHER_PARAMETERS = auto()
    IN_FLIGHT = auto()


@dataclass(slots=True)
class _Use:
    question: bytes
    begun_s: int
    answer: Answer | None = None


class Keys:
    """The keys of one gateway."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._uses: dict[str, _Use] = {}

    def begin(self, key: str, question: bytes) -> Answer | Clash | None:
        """Ask to act under a key: the kept answer, why not, or None, then act and `finish` or `forget`."""
        self._drop_old()
        use = self._uses.get(key)
        if use is None:
            self._uses[key] = _Use(question, self._clock.unix_s())
            return None
        if use.question != question:
            return Clash.OTHER_PARAMETERS
        return use.answer or Clash.IN_FLIGHT

    def finish(self, key: str, answer: Answer) -> None:
        """Keep what was answered."""
        self._uses[key].answer = answer

    def forget(self, key: str) -> None:
        """Nothing was done under this key: it is free again, with any parameters."""
        self._uses.pop(key, None)

    def _drop_old(self) -> None:
        """Uses are in the order they began."""
        oldest_s = self._clock.unix_s() - KEPT_S
        while self._uses:
            oldest = next(iter(self._uses))
            if self._uses[oldest].begun_s > oldest_s and len(self._uses) < KEYS_MAX:
                break
            del self._uses[oldest]
