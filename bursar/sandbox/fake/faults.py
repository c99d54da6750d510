"""Faults by script: which call fails how, how often, how likely. One seed, one sequence."""

import random
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase

from bursar.errors import Refused

DELAY_S_MAX = 120.0
"""Seconds. Stripe's client waits 80 s by default; no client here waits longer than two minutes."""
FAULTS_MAX = 1_000
"""Scripted faults at a time."""


class FaultRefused(Refused):
    """A fault that cannot be scripted; the message names the field and what it may be."""


class FaultKind(StrEnum):
    """How a call fails."""

    TIMEOUT_BEFORE = "timeout_before"
    """Nothing is done; `delay_s` later the connection is dropped without an answer."""
    TIMEOUT_AFTER = "timeout_after"
    """It is done; `delay_s` later the connection is dropped without an answer."""
    RESET = "reset"
    """Nothing is done; the connection is reset at once."""
    RATE_LIMITED = "rate_limited"
    """429 with Retry-After: `retry_after_s`."""
    BAD_GATEWAY = "bad_gateway"
    """502 with a page of HTML, as a proxy before the gateway writes it."""
    SERVER_ERROR = "server_error"
    """500, kept under the idempotency key. Nothing is done."""
    SERVER_ERROR_AFTER = "server_error_after"
    """500, kept under the idempotency key, though it is done."""
    SLOW = "slow"
    """It is done and answered after `delay_s`; until then its key is in flight."""
    DECLINE = "decline"
    """The bank refuses: `decline_code`, `advice_code`."""


EDGE = frozenset({FaultKind.TIMEOUT_BEFORE, FaultKind.RESET, FaultKind.RATE_LIMITED, FaultKind.BAD_GATEWAY})
"""What happens before the gateway has looked at the request."""
INSIDE = frozenset(FaultKind) - EDGE
"""What happens to a request that is acted on: a kept answer is repeated without any of it."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One line of the script."""

    operation: str
    """`stripe.refunds.create`, or a pattern: `stripe.*`."""
    kind: FaultKind
    times: int | None = 1
    """How many calls it hits before it is used up; None is for ever."""
    probability: float = 1.0
    delay_s: float = 0.0
    retry_after_s: int = 1
    decline_code: str = "generic_decline"
    advice_code: str | None = None

    def __post_init__(self) -> None:
        if not self.operation:
            raise FaultRefused("operation must be a name like stripe.refunds.create, or a pattern")
        if self.times is not None and self.times < 1:
            raise FaultRefused("times must be 1 or more, or null for ever")
        if not 0.0 < self.probability <= 1.0:
            raise FaultRefused("probability must be above 0 and at most 1")
        if not 0.0 <= self.delay_s <= DELAY_S_MAX:
            raise FaultRefused(f"delay_s must be between 0 and {DELAY_S_MAX:.0f} seconds")
        if self.retry_after_s < 0:
            raise FaultRefused("retry_after_s must be 0 or more seconds")


def fault_of(told: object) -> Fault:
    """A fault from JSON. Raises FaultRefused naming the field."""
    if not isinstance(told, dict):
        raise FaultRefused("a fault must be a JSON object, or several in a list")
    known = {field.name for field in fields(Fault)}
    unknown = sorted(set(told) - known)
    if unknown:
        raise FaultRefused(f"a fault has no field {unknown[0]}; it has {', '.join(sorted(known))}")
    try:
        kind = FaultKind(told.get("kind", ""))
        return Fault(**{**told, "kind": kind})
    except (ValueError, TypeError):
        kinds = ", ".join(FaultKind)
        raise FaultRefused(f"a fault needs an operation, a kind of {kinds}, and numbers as numbers") from None


class Faults:
    """The script, and what of it came true."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  a script, not a secret
        self._script: list[Fault] = []
        self.hits: Counter[str] = Counter()
        """How often each `operation kind` came true."""

    def add(self, *faults: Fault) -> None:
        """Script more. Raises FaultRefused when there are too many."""
        if len(self._script) + len(faults) > FAULTS_MAX:
            raise FaultRefused(f"at most {FAULTS_MAX} faults at a time; clear some first")
        self._script.extend(faults)

    def clear(self) -> None:
        """Fail no more."""
        self._script.clear()

    def pending(self) -> list[Fault]:
        """What has not come true yet, in the order it was scripted."""
        return list(self._script)

    def take(self, operation: str, kinds: Set[FaultKind]) -> Fault | None:
        """The first fault that hits this call, used up by one."""
        for fault in self._script:
            if fault.kind not in kinds or not fnmatchcase(operation, fault.operation):
                continue
            if fault.probability < 1.0 and self._chance.random() >= fault.probability:
                continue
            self._use(fault)
            self.hits[f"{operation} {fault.kind}"] += 1
            return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if not fault.times:
            self._script = [other for other in self._script if other is not fault]
