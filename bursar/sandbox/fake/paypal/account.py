"""One PayPal account: its objects as PayPal shows them, its balance, and what it announces."""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from bursar.errors import Refused
from bursar.gateways.paypal.claims import OWN_PREFIX, custom_metadata
from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.paypal.errors import missing
from bursar.sandbox.fake.vendor import Decline
from bursar.sandbox.fake.webhooks import Event
from bursar.sandbox.paypal_objects import link

Thing = dict[str, Any]
"""One object of PayPal's, as its JSON."""
GATEWAY = "paypal"
EVENTS = "event"


class Account:
    """What an account holds. Objects are changed in place; an event carries a copy."""

    def __init__(self, ground: Ground) -> None:
        self.clock = ground.clock
        self.book = ground.book
        self.page_url = ground.page_url
        self.key: str | None = None
        """The PayPal-Request-Id of the request that is being answered."""
        self.behind: dict[str, Any] = {}
        """What PayPal knows of an object and does not show, by its id."""
        self._webhooks = ground.webhooks
        self._stem = ground.stem.upper()
        self._numbers = itertools.count(1)
        self._things: dict[str, dict[str, Thing]] = {}
        self._decline: Decline | None = None
        self._agenda: list[tuple[int, int, Callable[[], object]]] = []

    def begin(self, key: str | None, decline: Decline | None) -> None:
        """A request begins; a decline that was scripted for it waits for its attempt to pay."""
        self.key = key
        self._decline = decline

    def take_decline(self) -> Decline | None:
        """The scripted decline, once."""
        decline, self._decline = self._decline, None
        return decline

    def schedule(self, at_s: int, action: Callable[[], object]) -> None:
        """Let something happen by itself at a time, in Unix seconds."""
        heapq.heappush(self._agenda, (at_s, next(self._numbers), action))

    def catch_up(self) -> None:
        """Let happen what is due."""
        self.begin(None, None)
        while self._agenda and self._agenda[0][0] <= self.now_s():
            _at_s, _number, action = heapq.heappop(self._agenda)
            with contextlib.suppress(Refused):  # what happened meanwhile made it impossible
                action()

    def now_s(self) -> int:
        """Unix seconds."""
        return self.clock.unix_s()

    def now_text(self, later_s: int = 0) -> str:
        """The time, or a later one, as PayPal writes it."""
        return datetime.fromtimestamp(self.now_s() + later_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_id(self, prefix: str = "") -> str:
        """An id nobody else has; what it is of does not show."""
        return f"{prefix}{self._stem}{next(self._numbers):08d}"

    def put(self, kind: str, thing: Thing, id_: str | None = None) -> Thing:
        """Keep a new object, under its own id."""
        self._things.setdefault(kind, {})[id_ or thing["id"]] = thing
        return thing

    def get(self, kind: str, id_: str) -> Thing:
        """An object by its id. Raises PayPalError when there is none."""
        thing = self.find(kind, id_)
        if thing is None:
            raise missing(id_)
        return thing

    def find(self, kind: str, id_: object) -> Thing | None:
        """An object by its id, if there is one."""
        return self._things.get(kind, {}).get(id_) if isinstance(id_, str) else None

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind, oldest first."""
        return list(self._things.get(kind, {}).values())

    def where(self, kind: str, **fields: object) -> Iterator[Thing]:
        """Objects of a kind with these values, oldest first."""
        for thing in self.all(kind):
            if all(thing.get(name) == value for name, value in fields.items()):
                yield thing

    def emit(self, type_: str, resource_type: str, resource: Thing) -> None:
        """Announce what happened, with the object as it is now."""
        event_id = self.new_id("WH-")
        told = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": self.now_text(),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": type_,
            "summary": "Something happened",
            "resource": resource,
            "links": [link("self", f"/v1/notifications/webhooks-events/{event_id}")],
        }
        body = orjson.dumps(told)
        self.put(EVENTS, orjson.loads(body))
        self._webhooks.announce(
            Event(gateway=GATEWAY, id=event_id, type=type_, body=body, created_s=self.now_s())
        )


def book_words(thing: Thing) -> dict[str, str]:
    """What a caller said an object is for, as the book keeps it: our own id under `own`."""
    words = custom_metadata(thing.get("custom_id") or thing.get("custom"))
    named = thing.get("invoice_id") or thing.get("invoice_number") or ""
    return words | ({"own": named.removeprefix(OWN_PREFIX)} if named.startswith(OWN_PREFIX) else {})
