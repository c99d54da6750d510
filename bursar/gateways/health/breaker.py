"""A circuit per gateway account, shared by all workers: one that keeps failing is left alone for a while.

It opens when in the last minute at least five calls and half of all failed, and stays open for 30 seconds.
Then it is half open: one call at a time is let through, and the first to succeed closes it.

In Redis, per account: `window` counts outcomes in slots of five seconds; `tripped` is there from the opening
to the closing; `rest` while it is open; `probe` while a half-open circuit tries a call. What must end
by itself does so by its time to live, so Redis's own clock counts.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import structlog
from redis import Redis

from bursar.gateways.api.failures import (
    Failure,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.health.connection import KEY_PREFIX, SharedRedis

log = structlog.get_logger(__name__)

WINDOW_S = 60
SLOT_S = 5
"""The window moves by this much; so it is 55 to 60 seconds long."""
FAILURES_MIN = 5
"""Fewer say nothing: a single lost packet is no outage."""
FAILED_PERCENT_MIN = 50
OPEN_S = 30
PROBE_S = 60
"""The lease of a call: no probe is under way longer, whatever became of its worker."""
PROBE_RETRY_S = 1.0
"""When to ask again while another worker probes."""
TRIPPED_S = 3_600
"""After an hour without a call, what was wrong then says nothing any more."""
_MS_PER_S = 1_000
_US_PER_S = 1_000_000


class CircuitState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    """They do."""
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One at a time."""


class CircuitOpen(GatewayAway):
    """Not called at all: it failed too often, or another worker is trying whether it answers again."""

    def __init__(self, account: str, retry_after_s: float) -> None:
        message = f"{account} failed too often; it is left alone for {retry_after_s:g} s"
        super().__init__(Failure(code=FailureCode.UNREACHABLE, message=message, retry_after_s=retry_after_s))


class Circuit(NamedTuple):
    """How an account stands."""

    state: CircuitState
    calls: int = 0
    """Outcomes in the last minute."""
    failures: int = 0
    retry_after_s: float = 0.0
    """Until the next call is let through; 0 when one would be now."""


class _Entry(NamedTuple):
    """How a call got in; `retry_after_s` is 0 when it may go through."""

    state: CircuitState
    retry_after_s: float = 0.0
    ahead_s: float = 0.0
    """How far Redis's clock was ahead of our monotonic one: what it shows when the call has ended."""

    @property
    def probes(self) -> bool:
        """Whether it is the one call that a half-open circuit lets through."""
        return self.state is CircuitState.HALF_OPEN and not self.retry_after_s


class _Keys(NamedTuple):
    window: str
    tripped: str
    rest: str
    probe: str


class Breaker:
    """The circuits of all accounts. While Redis is away all are closed: calls go through."""

    def __init__(self, shared: SharedRedis) -> None:
        self._shared = shared

    @contextmanager
    def guard(self, account: str, *, insist: bool = False) -> Iterator[None]:
        """Around one call: note how it ends, by what it raises.

        Raises CircuitOpen instead of calling; with `insist` it calls all the same (the last gateway left).
        """
        entry = self._shared.ask(partial(_enter, account=account), _Entry(CircuitState.CLOSED))
        if entry.retry_after_s and not insist:
            raise CircuitOpen(account, entry.retry_after_s)
        try:
            yield
        except Exception as error:
            self._leave(account, entry, failed=is_failure(error))
            raise
        self._leave(account, entry, failed=False)

    def open_among(self, accounts: Collection[str]) -> frozenset[str]:
        """Those that are not worth asking now."""
        return self._shared.ask(partial(_open_among, accounts=accounts), frozenset())

    def state(self, account: str) -> Circuit:
        """How an account stands, for operators; closed and without figures while Redis is away."""
        return self._shared.ask(partial(_circuit, account=account), Circuit(CircuitState.CLOSED))

    def _leave(self, account: str, entry: _Entry, failed: bool | None) -> None:
        if failed is None:
            # Our own mistake says nothing about the gateway; whoever is next may probe.
            if entry.probes:
                self._shared.ask(partial(_give_up_probe, account=account), None)
        elif entry.state is CircuitState.CLOSED:
            slot = int(entry.ahead_s + time.monotonic()) // SLOT_S
            if self._shared.ask(partial(_count, account=account, slot=slot, failed=failed), False):
                log.warning("gateway.circuit_opened", account=account, open_s=OPEN_S)
        elif failed:
            self._shared.ask(partial(_open_again, account=account), None)
        else:
            self._shared.ask(partial(_close, account=account), None)
            log.info("gateway.circuit_closed", account=account)


def is_failure(error: Exception) -> bool | None:
    """Whether a gateway did not answer; None when the error says nothing about it.

    A refusal or a decline is an answer, and so is BUSY, which is about one key. A 429 is none: it says the
    same to everyone.
    """
    if isinstance(error, GatewayAway | OutcomeUnknown):
        return error.failure.code is not FailureCode.BUSY
    return False if isinstance(error, GatewayRefused | KeyReused) else None


def _enter(client: Redis, *, account: str) -> _Entry:
    keys = _keys(account)
    with client.pipeline(transaction=False) as pipe:
        pipe.pttl(keys.rest)
        pipe.exists(keys.tripped)
        pipe.time()
        rest_ms, tripped, (now_s, now_us) = pipe.execute()
    if rest_ms > 0:
        return _Entry(CircuitState.OPEN, rest_ms / _MS_PER_S)
    if not tripped:
        return _Entry(CircuitState.CLOSED, ahead_s=now_s + now_us / _US_PER_S - time.monotonic())
    probing = client.set(keys.probe, 1, nx=True, ex=PROBE_S)
    return _Entry(CircuitState.HALF_OPEN, 0.0 if probing else PROBE_RETRY_S)


def _count(client: Redis, *, account: str, slot: int, failed: bool) -> bool:
    """Note an outcome while the circuit was closed; True when it opened the circuit."""
    window = _keys(account).window
    with client.pipeline() as pipe:
        pipe.hincrby(window, f"{slot}:{'failed' if failed else 'answered'}", 1)
        pipe.expire(window, WINDOW_S)
        pipe.hgetall(window)
        counts: dict[str, str] = pipe.execute()[-1]
    past = [field for field in counts if not _is_recent(field, slot)]
    if past:
        client.hdel(window, *past)
    calls, failures = _sums(counts, slot)
    if not failed or failures < FAILURES_MIN or failures * 100 < calls * FAILED_PERCENT_MIN:
        return False
    return _open(client, account)


def _open(client: Redis, account: str) -> bool:
    """Whether it was not open already: one who was late does not make it any longer."""
    keys = _keys(account)
    with client.pipeline() as pipe:
        pipe.set(keys.rest, 1, nx=True, ex=OPEN_S)
        pipe.set(keys.tripped, 1, ex=TRIPPED_S)
        return bool(pipe.execute()[0])


def _open_again(client: Redis, *, account: str) -> None:
    keys = _keys(account)
    with client.pipeline() as pipe:
        pipe.set(keys.rest, 1, ex=OPEN_S)
        pipe.set(keys.tripped, 1, ex=TRIPPED_S)
        pipe.delete(keys.probe)
        pipe.execute()


def _close(client: Redis, *, account: str) -> None:
    client.delete(*_keys(account))


def _give_up_probe(client: Redis, *, account: str) -> None:
    client.delete(_keys(account).probe)


def _open_among(client: Redis, *, accounts: Collection[str]) -> frozenset[str]:
    with client.pipeline(transaction=False) as pipe:
        for account in accounts:
            pipe.exists(_keys(account).rest)
        return frozenset(account for account, open_ in zip(accounts, pipe.execute(), strict=True) if open_)


def _circuit(client: Redis, *, account: str) -> Circuit:
    keys = _keys(account)
    with client.pipeline(transaction=False) as pipe:
        pipe.pttl(keys.rest)
        pipe.exists(keys.tripped)
        pipe.exists(keys.probe)
        pipe.time()
        pipe.hgetall(keys.window)
        rest_ms, tripped, probing, (now_s, _), counts = pipe.execute()
    calls, failures = _sums(counts, now_s // SLOT_S)
    if rest_ms > 0:
        return Circuit(CircuitState.OPEN, calls, failures, rest_ms / _MS_PER_S)
    if tripped:
        return Circuit(CircuitState.HALF_OPEN, calls, failures, PROBE_RETRY_S if probing else 0.0)
    return Circuit(CircuitState.CLOSED, calls, failures)


def _sums(counts: Mapping[str, str], slot: int) -> tuple[int, int]:
    """(calls, failures) of the window that ends with this slot."""
    recent = {field: int(count) for field, count in counts.items() if _is_recent(field, slot)}
    return sum(recent.values()), sum(n for field, n in recent.items() if field.endswith(":failed"))


def _is_recent(field: str, slot: int) -> bool:
    return int(field.partition(":")[0]) > slot - WINDOW_S // SLOT_S


def _keys(account: str) -> _Keys:
    return _Keys(*(f"{KEY_PREFIX}circuit:{account}:{name}" for name in _Keys._fields))
