"""The Redis that workers share limits and circuits in. Nothing in it must last, and it may be away."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from bursar.errors import Misconfigured
from bursar.settings import Settings

log = structlog.get_logger(__name__)

SOCKET_TIMEOUT_S = 0.1
"""Little beside the hundreds of milliseconds of the call that it guards."""
PAUSE_S = 1.0
"""How long Redis is left alone after it failed: one timeout a second, not several for every call."""
WARNING_EVERY_S = 60.0
KEY_PREFIX = "bursar:"
"""The same as of the queues: one application, one prefix."""
_SCHEMES = ("redis://", "rediss://", "unix://")

_Answer = TypeVar("_Answer")


class SharedRedis:
    """One Redis, asked for what may as well be unknown. Without a client nothing is ever known."""

    def __init__(self, client: Redis | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._asked_again_at = clock()
        self._warned_again_at = clock()

    def ask(self, question: Callable[[Redis], _Answer], otherwise: _Answer) -> _Answer:
        """What Redis answers; `otherwise` when it is away. Never raises what Redis or the network raises."""
        if self._client is None or self._clock() < self._asked_again_at:
            return otherwise
        try:
            return question(self._client)
        except (RedisError, OSError) as error:
            self._leave_alone(error)
            return otherwise

    def _leave_alone(self, error: Exception) -> None:
        now = self._clock()
        self._asked_again_at = now + PAUSE_S
        if now >= self._warned_again_at:
            self._warned_again_at = now + WARNING_EVERY_S
            log.warning("health.redis_away", error=type(error).__name__, reason=str(error))


def shared_redis(settings: Settings) -> SharedRedis:
    """The one of this process, made on first use and so after the fork. Raises Misconfigured."""
    return _shared(*_place(settings))


def check_url(settings: Settings) -> None:
    """Nobody is asked; a URL that is none of a Redis raises Misconfigured naming its variable."""
    variable, url = _place(settings)
    if url is not None:
        _client(variable, url).close()


@cache
def _shared(variable: str, url: str | None) -> SharedRedis:
    if url is None:
        log.warning("health.not_shared", cure=f"set {variable}: without it there are no limits and circuits")
        return SharedRedis(None)
    return SharedRedis(_client(variable, url))


def _client(variable: str, url: str) -> Redis:
    try:
        return client_of(url)
    except ValueError as wrong:
        raise Misconfigured(f"{variable}: {wrong}; write redis://host:6379/0") from None


def client_of(url: str) -> Redis:
    """A client that gives up soon; it connects on first use. Raises ValueError, which quotes no password."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),  # redis-py's own would wait for seconds
    )


def _place(settings: Settings) -> tuple[str, str | None]:
    """The variable that says where, and what it says. A broker that speaks Redis will do."""
    if settings.redis_url is None and (settings.broker_url or "").startswith(_SCHEMES):
        return "BURSAR_BROKER_URL", settings.broker_url
    return "BURSAR_REDIS_URL", settings.redis_url
