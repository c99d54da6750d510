"""What happened at Razorpay in a time. It keeps no list of events, only objects by when they were made.

So what was made a while before may have changed since: each kind is looked for as far back as it changes.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import Found
from bursar.gateways.razorpay.calls import failures, listing
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.calls.found import found
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.razorpay.fetch import objects

PAYMENTS_BACK = timedelta(days=5)
"""What is not captured five days after it was made goes back to the payer (payments/refunds/auto-refunds)."""
REFUNDS_BACK = timedelta(days=14)
"""Seven working days until a bank takes a refund or returns it, and the holidays between them."""
DISPUTES_BACK = timedelta(days=120)
"""As long as card networks let a dispute go back and forth."""
SETTLEMENTS_BACK = timedelta(days=7)
"""A bank that returns a transfer does so within days."""

FROM_MIN = 946_684_800
"""Unix seconds of the year 2000: "from must be between 946684800 and 4765046400"."""


class _Span(NamedTuple):
    """Unix seconds, both ends included."""

    first: int
    last: int

    def has(self, entity: Entity) -> bool:
        """Whether it was made then."""
        made_at = entity.get("created_at")
        return isinstance(made_at, int) and self.first <= made_at <= self.last


def list_changes(client: Client, window: Window) -> Iterator[Found]:
    """Payments, refunds, disputes and settlements, each kind oldest first; unchanged ones keep their key."""
    for payment in _made(client, client.sdk.payment.all, _span(window, PAYMENTS_BACK)):
        if payment.get("status") != "created":
            yield found(client, "payment", payment)
    payments: dict[str, Entity] = {}
    for refund in _made(client, client.sdk.refund.all, _span(window, REFUNDS_BACK)):
        yield objects.of_refund(client, refund, payments)
    for dispute in _few(client, client.sdk.dispute.all, _span(window, DISPUTES_BACK)):
        yield found(client, "dispute", dispute)
    for settlement in _few(client, client.sdk.settlement.all, _span(window, SETTLEMENTS_BACK)):
        yield found(client, "settlement", settlement)


def _span(window: Window, back: timedelta) -> _Span:
    return _Span(int((window.since - back).timestamp()), int(window.until.timestamp()))


def _made(client: Client, listed: Callable[..., Any], span: _Span) -> Iterator[Entity]:
    """What was made then, oldest first. Lists come newest first: a span of more than a page is halved."""
    if span.first == span.last:
        yield from _few(client, listed, span)
        return
    answer = client.call(listed, {**_query(span), "count": listing.PAGE})
    newest_first = listing.objects_in(answer.get("items"))
    if len(newest_first) < listing.PAGE:
        yield from (each for each in reversed(newest_first) if span.has(each))
        return
    if not all(_Span(span.first - 1, span.last + 1).has(each) for each in newest_first):
        raise failures.garbled("does not heed the times it was asked for", write=False)
    middle = (span.first + span.last) // 2
    yield from _made(client, listed, _Span(span.first, middle))
    yield from _made(client, listed, _Span(middle + 1, span.last))


def _few(client: Client, listed: Callable[..., Any], span: _Span) -> Iterator[Entity]:
    """The same for lists that fit the memory."""
    newest_first = list(listing.entities(client, listed, query=_query(span)))
    yield from (each for each in reversed(newest_first) if span.has(each))


def _query(span: _Span) -> dict[str, str | int]:
    """A second more on either side: whether the ends are included is not said, and is checked here."""
    return {"from": max(span.first - 1, FROM_MIN), "to": span.last + 1}
