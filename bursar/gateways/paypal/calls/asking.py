"""What became of a call whose answer was lost: the same request under the same id, or a look.

How long `PayPal-Request-Id` means the first call, by the API's own reference: orders 6 hours, subscriptions
72 hours, captures of authorizations and refunds 45 days, refunds of sales 30 days
(github.com/paypal/paypal-rest-api-specifications). Bursar counts on the shortest for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bursar.gateways.api.failures import GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.requests import Request
from bursar.gateways.api.results import Result
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.protocol import Unreadable

_R = TypeVar("_R", bound=Result)

KEY_KEPT = timedelta(hours=5)
"""How long the same request is the question. An hour less than PayPal keeps the id of an order."""
ENDS_WITHIN = timedelta(minutes=10)
"""How long after it was sent a request may still be acted on, and how far PayPal's clock may be from ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A call without an answer."""

    key: str
    sent_at: datetime
    """When it was first sent, UTC."""

    @property
    def since(self) -> datetime:
        """The earliest time at which it can have been acted on."""
        return self.sent_at - ENDS_WITHIN

    @property
    def until(self) -> datetime:
        """The latest: a repetition under the key may have been, too."""
        return self.sent_at + KEY_KEPT + ENDS_WITHIN


@dataclass(frozen=True, slots=True)
class Call:
    """How one kind of request is sent, and how its effect is found. `Any`: the table's key is the type."""

    send: Callable[[Client, Any, str], Any]
    find: Callable[[Client, Any, Lost], Any]
    has_key: bool = True
    """Whether PayPal heeds the id: it does not where a subscription is changed."""


def nowhere(client: Client, request: Request[Any], lost: Lost) -> None:
    """An order or subscription that nobody has approved, under an id that nobody knows.

    Its address was in the answer that was lost, so no payer can ever come to it, and PayPal lets it lapse:
    it is as good as never made.
    """


def ask(
    client: Client, call: Call, request: Request[_R], key: str, sent_at: datetime, now: datetime
) -> _R | None:
    """The result of the first call, or None with proof that it was not acted on."""
    keyed = call.has_key and now <= sent_at + KEY_KEPT
    lost = Lost(key=key, sent_at=sent_at)
    if keyed:
        try:
            return _repeat(client, call, request, key)
        except GatewayRefused as error:
            if not failures.proves_nothing(error):
                raise
            done = _find(client, call, request, lost)
            if done is None:
                raise
            return done
    found = _find(client, call, request, lost)
    if found is None and now <= (lost.until if call.has_key else sent_at + ENDS_WITHIN):
        raise failures.too_early("the effect")
    return found


def _find(client: Client, call: Call, request: Request[_R], lost: Lost) -> _R | None:
    """A look acts on nothing, whatever it meets; what cannot be read proves nothing."""
    try:
        found: _R | None = call.find(client, request, lost)
    except OutcomeUnknown as odd:
        raise GatewayAway(odd.failure) from None
    except Unreadable as odd:
        raise failures.garbled(f"cannot be read: {odd}", write=False) from None
    return found


def _repeat(client: Client, call: Call, request: Request[_R], key: str) -> _R:
    """The same request under the same id. Raises GatewayAway where that, too, got no answer."""
    try:
        repeated: _R = call.send(client, request, key)
    except OutcomeUnknown as again:
        raise GatewayAway(again.failure) from None
    return repeated
