"""Answers kept by PayPal-Request-Id, as long as each API says; then the id means nothing any more."""

import re
from collections.abc import Callable
from typing import NamedTuple

from bursar.sandbox.fake.vendor import Answer, Call

HEADER = "paypal-request-id"
_DAY_S = 86_400
_KEPT_S = (
    (re.compile(r"/v2/checkout/orders(/[^/]+/(capture|authorize))?"), 6 * 3_600),
    (re.compile(r"/v2/payments/.*"), 45 * _DAY_S),
    (re.compile(r"/v1/billing/(subscriptions|plans)"), 3 * _DAY_S),
    (re.compile(r"/v1/payments/.*"), 30 * _DAY_S),
)
"""Seconds by path, as the API's reference says; a path that is not here heeds no id."""
KEPT_MAX = 100_000
"""Answers of one server: a test of a million charges wants a server of its own."""


class _Kept(NamedTuple):
    answer: Answer
    until_s: int


class Replays:
    """What was answered. The same id answers the same, whatever is asked with it."""

    def __init__(self, now_s: Callable[[], int]) -> None:
        self._now_s = now_s
        self._kept: dict[tuple[str, str], _Kept] = {}

    def find(self, call: Call) -> Answer | None:
        """The answer that was given to this id at this address."""
        key = call.headers.get(HEADER)
        kept = self._kept.get((call.path, key)) if key else None
        return kept.answer if kept and self._now_s() < kept.until_s else None

    def keep(self, call: Call, answer: Answer) -> None:
        """Keep what was answered to a request that acted."""
        key, kept_s = call.headers.get(HEADER), _kept_s(call.path)
        if call.method != "POST" or not key or not kept_s or not answer.kept:
            return
        if len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[call.path, key] = _Kept(answer, self._now_s() + kept_s)


def _kept_s(path: str) -> int:
    return next((kept_s for pattern, kept_s in _KEPT_S if pattern.fullmatch(path)), 0)
