"""One request to Stripe, and its answer as plain JSON with the time at which it was true."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import stripe

from bursar.clock import utc_now
from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.shapes import find_identifier
from bursar.gateways.stripe.calls.failures import failure_of, unreadable

PAGE_SIZE = 100
"""Objects; the most Stripe gives at once."""
LISTED_MAX = 50_000
"""Objects looked through for one question: 500 requests. Beyond it the question was too wide to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An object as Stripe showed it."""

    thing: dict[str, Any]
    at: datetime
    """By Stripe's clock, to the second: what the object said then."""
    replayed: bool = False
    """Kept from an earlier call under the same key: how the object was then, not now."""

    @property
    def id(self) -> str:
        """The object's id; never empty for what `write` and `read` return."""
        return str(self.thing["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a list, newest first."""

    things: list[dict[str, Any]]
    at: datetime
    more: Callable[[], Any] | None
    """How to ask for the next part; None where there is none."""


def write(send: Callable[[], Any]) -> Answered:
    """Ask for an effect. Raises OutcomeUnknown where it cannot be known whether it happened."""
    return _object(_sent(send, writes=True), writes=True)


def read(send: Callable[[], Any]) -> Answered:
    """Ask for one object. Raises GatewayAway where there is no answer."""
    return _object(_sent(send, writes=False), writes=False)


def read_preview(send: Callable[[], Any]) -> Answered:
    """Ask what something would come to: an object that exists nowhere and may lack an id."""
    return _body(_sent(send, writes=False), writes=False)


def read_page(send: Callable[[], Any]) -> Page:
    """Ask for the first part of a list."""
    listing = _sent(send, writes=False)
    body = _body(listing, writes=False)
    things = body.thing.get("data")
    if not isinstance(things, list) or not all(isinstance(thing, dict) for thing in things):
        raise unreadable("a list without data", writes=False)
    # Looked up when it is asked for: what only looks like a list of Stripe's has no next page.
    more = (lambda: listing.next_page()) if body.thing.get("has_more") else None
    return Page(things=things, at=body.at, more=more)


def read_each(send: Callable[[], Any]) -> Iterator[Answered]:
    """Every object of a list, page by page, newest first. Raises GatewayAway past LISTED_MAX."""
    ask: Callable[[], Any] | None = send
    for _ in range(LISTED_MAX // PAGE_SIZE):
        if ask is None:
            return
        page = read_page(ask)
        for thing in page.things:
            yield Answered(thing=thing, at=page.at)
        ask = page.more
    if ask is not None:
        message = f"more than {LISTED_MAX} objects to look through"
        raise GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=message))


def _sent(send: Callable[[], Any], *, writes: bool) -> Any:
    """The SDK's object, or what its error means. `Any`: services of every kind come through here."""
    try:
        return send()
    except stripe.StripeError as error:
        raise failure_of(error, writes=writes) from None  # its text quotes bodies
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as odd:
        # What the SDK raises for a body that is JSON but no object of Stripe's, or not even UTF-8.
        raise unreadable(type(odd).__name__, writes=writes) from None


def _object(made: Any, *, writes: bool) -> Answered:
    answered = _body(made, writes=writes)
    if find_identifier(answered.thing.get("id")) is None:
        raise unreadable("an object without an id", writes=writes)
    return answered


def _body(made: Any, *, writes: bool) -> Answered:
    """The JSON itself: the SDK's objects change types of what they hold."""
    response = getattr(made, "last_response", None)
    if response is None or not isinstance(response.data, dict):
        raise unreadable("not an object", writes=writes)
    headers = response.headers
    replayed = headers.get("Idempotent-Replayed") == "true"
    return Answered(thing=response.data, at=_date(headers.get("Date")), replayed=replayed)


def _date(header: str | None) -> datetime:
    """Stripe's clock where it says it, for its events are ordered by it; else ours."""
    try:
        told = parsedate_to_datetime(header or "")
    except ValueError:
        return utc_now().replace(microsecond=0)
    return told if told.tzinfo else utc_now().replace(microsecond=0)
