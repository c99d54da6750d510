"""One Stripe account: its objects as Stripe shows them, and what it announces."""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.stripe.errors import missing
from bursar.sandbox.fake.vendor import Decline
from bursar.sandbox.fake.webhooks import Event
from bursar.sandbox.stripe_objects import API_VERSION

Thing = dict[str, Any]
"""One object of Stripe's, as its JSON."""
GATEWAY = "stripe"


class Account:
    """What an account holds. Objects are changed in place; an event carries a copy."""

    def __init__(self, ground: Ground) -> None:
        self.clock = ground.clock
        self.book = ground.book
        self.page_url = ground.page_url
        self.key: str | None = None
        """The idempotency key of the request that is being answered."""
        self.request: str | None = None
        """That request's own id; None for what happens by itself or on Stripe's site."""
        self.behind: dict[str, Any] = {}
        """What Stripe knows of an object and does not show, by its id."""
        self._webhooks = ground.webhooks
        self._stem = ground.stem
        self._numbers = itertools.count(1)
        self._things: dict[str, dict[str, Thing]] = {}
        self._decline: Decline | None = None
        self._agenda: list[tuple[int, int, Callable[[], object]]] = []
        self._as_of: datetime | None = None
        self._listeners: dict[str, Callable[[Account, Thing], None]] = {}

    def begin(self, key: str | None, decline: Decline | None) -> str:
        """A request begins and gets its id; a decline scripted for it waits for its attempt to pay."""
        self.request, self.key, self._decline = self.new_id("req"), key, decline
        return self.request

    def begin_without_request(self) -> None:
        """Something happens by itself, or on Stripe's own site."""
        self.request, self.key, self._decline = None, None, None

    def take_decline(self) -> Decline | None:
        """The scripted decline, once."""
        decline, self._decline = self._decline, None
        return decline

    def schedule(self, at_s: int, action: Callable[[], object]) -> None:
        """Let something happen by itself at a time, in Unix seconds."""
        heapq.heappush(self._agenda, (at_s, next(self._numbers), action))

    def catch_up(self) -> None:
        """Let happen what is due, each at its own time: a clock moved a year ahead renews twelve times."""
        self.begin_without_request()
        try:
            while self._agenda and self._agenda[0][0] <= self.clock.unix_s():
                at_s, _number, action = heapq.heappop(self._agenda)
                self._as_of = datetime.fromtimestamp(at_s, tz=UTC)
                with contextlib.suppress(Refused):  # what happened meanwhile made it impossible
                    action()
        finally:
            self._as_of = None

    def listen(self, kind: str, listener: Callable[["Account", Thing], None]) -> None:
        """Let one part of the account hear when an object of this kind was decided."""
        self._listeners[kind] = listener

    def tell(self, thing: Thing) -> None:
        """Something was decided about an object: paid, refused, waiting for its payer."""
        listener = self._listeners.get(thing["object"])
        if listener:
            listener(self, thing)

    def now(self) -> datetime:
        """The account's time, in UTC."""
        return self._as_of or self.clock.now()

    def now_s(self) -> int:
        """Unix seconds."""
        return int(self.now().timestamp())

    def new_id(self, prefix: str) -> str:
        """An id nobody else has: `pi_fake0000012`."""
        return f"{prefix}_{self._stem}{next(self._numbers):07d}"

    def put(self, thing: Thing) -> Thing:
        """Keep a new object, under its own id."""
        self._things.setdefault(thing["object"], {})[thing["id"]] = thing
        return thing

    def drop(self, thing: Thing) -> None:
        """Forget an object."""
        del self._things[thing["object"]][thing["id"]]

    def get(self, kind: str, id_: str, param: str = "id") -> Thing:
        """An object by its id. Raises StripeError naming the parameter when there is none."""
        thing = self._things.get(kind, {}).get(id_)
        if thing is None:
            raise missing(kind, id_, param)
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

    def find_anything(self, id_: str) -> Thing | None:
        """An object of any kind: expanding knows the id, not the kind."""
        return next((things[id_] for things in self._things.values() if id_ in things), None)

    def emit(self, type_: str, thing: Thing, previous: Thing | None = None, at_s: int | None = None) -> None:
        """Announce what happened to an object, as it is now."""
        created_s = self.now_s() if at_s is None else at_s
        event_id = self.new_id("evt")
        data: Thing = {"object": thing}
        if previous is not None:
            data["previous_attributes"] = previous
        told = {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": created_s,
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self.request, "idempotency_key": self.key},
            "type": type_,
        }
        body = orjson.dumps(told, option=orjson.OPT_INDENT_2)
        self._webhooks.announce(
            Event(gateway=GATEWAY, id=event_id, type=type_, body=body, created_s=created_s)
        )

    def events(self) -> list[Event]:
        """Everything announced, oldest first, delivered or not."""
        return [event for event in self._webhooks.events if event.gateway == GATEWAY]
