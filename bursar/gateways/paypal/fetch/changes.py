"""What PayPal's webhooks told, or should have, in a time: the objects that its list of events names.

An event is only a hint (docs/decisions/0017), so each object is asked for once and given as it is now. The
list knows only what a webhook of the app is subscribed to.
"""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway, GatewayRefused
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import Found
from bursar.gateways.paypal import facts
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.answers import find_link
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.fetch import objects
from bursar.gateways.paypal.kinds import FETCHED_PREFIX
from bursar.gateways.paypal.things import Thing
from bursar.gateways.protocol import NeedsFetch, Unreadable
from bursar.gateways.shapes import find_object

PATH = "/v1/notifications/webhooks-events"
PAGE = 100
"""Events in one answer."""
PAGES_MAX = 500
"""Pages of one question, 50,000 events: a longer list is asked for in narrower spans of time."""


def list_changes(client: Client, window: Window) -> Iterator[Found]:
    """Every object an event of this time names, in the order of the first event about it."""
    events = list(_events(client, window))
    named = dict.fromkeys(each for event in reversed(events) if (each := _named(event)))
    for kind, object_id in named:
        try:
            yield objects.fetch(client, kind, object_id)
        except GatewayRefused as error:
            if not failures.is_not_found(error):
                raise


def _named(event: Thing) -> tuple[str, str] | None:
    """What the event wants fetched; nothing where it is none of ours, or cannot be read."""
    event_type = event.get("event_type")
    if not isinstance(event_type, str) or event_type.startswith(FETCHED_PREFIX):
        return None
    with suppress(Unreadable):
        reading = facts.read(event_type, event)
        if isinstance(reading, NeedsFetch) and reading.kind:
            return reading.kind, reading.object_id
    return None


def _events(client: Client, window: Window) -> Iterator[Thing]:
    """Newest first, as PayPal lists them."""
    query: dict[str, str] = {
        "page_size": str(PAGE),
        "start_time": window.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_time": window.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for _ in range(PAGES_MAX):
        page = client.get(PATH, **query)
        listed = page.get("events")
        yield from map(find_object, listed if isinstance(listed, list) else ())
        following = find_link(page, "next")
        if following is None:
            return
        # Only what it asks, never where: the next page is PayPal's too.
        query = dict(parse_qsl(urlsplit(following).query))
    message = f"more than {PAGES_MAX * PAGE} events of PayPal's: ask for a shorter time"
    raise GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=message))
