"""Make the toy a gateway of this process: one line in each of two registries."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.pool import Pool

from bursar.gateways.health.connection import SharedRedis
from bursar.gateways.registry import GATEWAYS
from tasks import gateways, routing
from tests.support.toy.api import ToyApi
from tests.support.toy.gateway import Toy

_held = threading.local()
"""Connections that a thread has taken from the pool: each has a transaction open."""


@event.listens_for(Pool, "checkout")
def _taken(*_: object) -> None:
    _held.count = getattr(_held, "count", 0) + 1


@event.listens_for(Pool, "detach")  # who listens keeps his connection, and holds no transaction with it
@event.listens_for(Pool, "checkin")
def _given_back(*_: object) -> None:
    _held.count = getattr(_held, "count", 1) - 1


def _outside_of_transactions(asked: Callable[..., Any]) -> Callable[..., Any]:
    """Law 6: while a gateway or Redis is asked, the thread that asks holds no transaction open."""

    def ask(*arguments: Any, **named: Any) -> Any:
        assert getattr(_held, "count", 0) == 0, "the network was asked inside a transaction"
        return asked(*arguments, **named)

    return ask


def install(patch: pytest.MonkeyPatch, api: ToyApi) -> None:
    """From now on `<its name>:test` can be called, and its events be read."""
    keys = gateways._Keys(key_id=None, secret=SecretStr("toy"), url=None, names="TOY_KEY", needs_key_id=False)
    for name in ("perform", "ask", "fetch", "list_changes", "list_settled", "ping"):
        patch.setattr(api, name, _outside_of_transactions(getattr(api, name)))
    patch.setattr(SharedRedis, "ask", _outside_of_transactions(SharedRedis.ask))
    known = gateways._keys
    patch.setattr(gateways, "_keys", lambda settings: {**known(settings), api.name: keys})
    patch.setitem(gateways.OPENERS, api.name, lambda _: api)
    patch.setitem(GATEWAYS, api.name, Toy())
    for made in (gateways.api_of, routing.breaker, routing.buckets):
        made.cache_clear()
