"""What happened at Stripe in a span of time: the events that webhooks should have brought."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from stripe import StripeClient

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import Found
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, read_each, read_page
from bursar.gateways.stripe.envelope import envelope
from bursar.gateways.stripe.facts import HANDLED_TYPES


def list_changes(client: StripeClient, window: Window) -> Iterator[Found]:
    """Every event that we read, oldest first, delivered or not: its id tells the inbox if it came before.

    Stripe keeps events for 30 days. `types` would take 20 names and we read more than that, so events of
    other types are passed over here.
    """
    yield from _oldest_first(client, int(window.since.timestamp()), int(window.until.timestamp()))


def _oldest_first(client: StripeClient, since_s: int, until_s: int) -> Iterator[Found]:
    """Stripe lists newest first: a span with more than a page is halved, so that nothing is held back."""

    def listing() -> Any:
        return client.v1.events.list({"created": {"gte": since_s, "lte": until_s}, "limit": PAGE_SIZE})

    page = read_page(listing)
    if page.more is None:
        yield from _found(page.things[::-1])
    elif since_s < until_s:
        middle_s = (since_s + until_s) // 2
        yield from _oldest_first(client, since_s, middle_s)
        yield from _oldest_first(client, middle_s + 1, until_s)
    else:
        yield from _found([answered.thing for answered in read_each(listing)][::-1])


def _found(events: Iterable[dict[str, Any]]) -> Iterator[Found]:
    for event in events:
        if event.get("type") not in HANDLED_TYPES:
            continue
        named = envelope(event)
        yield Found(
            type=named.type,
            object_id=named.object_id or named.gateway_event_id,
            dedupe_key=named.dedupe_key,
            document=json.dumps(event).encode(),
            occurred_at=named.occurred_at,
            livemode=named.livemode,
        )
