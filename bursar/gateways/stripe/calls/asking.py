"""What became of a call whose answer was lost (reliability F59, F75 to F78)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from stripe import StripeClient

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway, KeyReused, OutcomeUnknown
from bursar.gateways.api.requests import CreateCheckout, Request
from bursar.gateways.api.results import Result
from bursar.gateways.stripe.calls.failures import KeptError
from bursar.gateways.stripe.calls.lookup import ENDS_WITHIN, KEY_KEPT, Lookup

_R = TypeVar("_R", bound=Result)


@dataclass(frozen=True, slots=True)
class Call:
    """How one kind of request is sent, and how its effect is found. `Any`: the table's key is the type."""

    send: Callable[[StripeClient, Any, str], Any]
    find: Callable[[StripeClient, Any, Lookup], Any]
    has_key: Callable[[Any], bool] = lambda _: True
    """Whether Stripe heeds the key: it does not when something is deleted."""


def ask(
    client: StripeClient, call: Call, request: Request[_R], key: str, sent_at: datetime, now: datetime
) -> _R | None:
    """The result of the first call, or None with proof that it was not acted on.

    While the key is kept, the same request is the question: Stripe repeats its answer, or acts for the first
    time. Later, and where what it kept is an error, the object itself is looked for. That it is not there
    proves something only once the request can no longer be on its way.
    """
    if now <= sent_at + KEY_KEPT and call.has_key(request):
        try:
            return _repeat(client, call, request, key)
        except KeptError:
            ended = True  # an answer was kept, so the first call is over
        except KeyReused:
            if not isinstance(request, CreateCheckout):
                raise
            ended = now > sent_at + ENDS_WITHIN  # its time was clamped: what is sent again is not the same
    else:
        last_sent_at = sent_at + KEY_KEPT if call.has_key(request) else sent_at
        ended = now > last_sent_at + ENDS_WITHIN
    found: _R | None = call.find(client, request, Lookup(key=key, sent_at=sent_at))
    if found is None and not ended:
        raise GatewayAway(Failure(code=FailureCode.BUSY, message="nothing is there yet, but still may come"))
    return found


def _repeat(client: StripeClient, call: Call, request: Request[_R], key: str) -> _R:
    """The same request under the same key. Raises GatewayAway where that, too, got no answer."""
    try:
        repeated: _R = call.send(client, request, key)
    except KeptError:
        raise
    except OutcomeUnknown as again:
        raise GatewayAway(again.failure) from None
    return repeated
