"""One Razorpay account: its entities as Razorpay shows them, and what it announces."""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.razorpay.errors import missing
from bursar.sandbox.fake.vendor import Decline
from bursar.sandbox.fake.webhooks import Event

Thing = dict[str, Any]
"""One entity of Razorpay's, as its JSON."""
GATEWAY = "razorpay"
ACCOUNT_ID = "acc_fake"


class Account:
    """What an account holds. Entities are changed in place; an event carries a copy."""

    def __init__(self, ground: Ground) -> None:
        self.clock = ground.clock
        self.book = ground.book
        self.page_url = ground.page_url
        self.key: str | None = None
        """The idempotency key of the request that is being answered."""
        self.key_secret = b""
        """Of the last request: what comes back from a hosted page is signed with it."""
        self.behind: dict[str, Any] = {}
        """What Razorpay knows of an entity and does not show, by its id."""
        self._webhooks = ground.webhooks
        self._stem = ground.stem
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

    def new_id(self, prefix: str) -> str:
        """An id nobody else has: `pay_fake0000012`."""
        return f"{prefix}_{self._stem}{next(self._numbers):07d}"

    def put(self, kind: str, thing: Thing) -> Thing:
        """Keep a new entity, under its own id."""
        self._things.setdefault(kind, {})[thing["id"]] = thing
        return thing

    def get(self, kind: str, id_: str) -> Thing:
        """An entity by its id. Raises RazorpayError when there is none."""
        thing = self.find(kind, id_)
        if thing is None:
            raise missing(id_)
        return thing

    def find(self, kind: str, id_: object) -> Thing | None:
        """An entity by its id, if there is one."""
        return self._things.get(kind, {}).get(id_) if isinstance(id_, str) else None

    def all(self, kind: str) -> list[Thing]:
        """Every entity of a kind, oldest first."""
        return list(self._things.get(kind, {}).values())

    def where(self, kind: str, **fields: object) -> Iterator[Thing]:
        """Entities of a kind with these values, oldest first."""
        for thing in self.all(kind):
            if all(thing.get(name) == value for name, value in fields.items()):
                yield thing

    def emit(self, type_: str, entities: dict[str, Thing], at_s: int | None = None) -> None:
        """Announce what happened, with the entities as they are now."""
        created_s = self.now_s() if at_s is None else at_s
        told = {
            "entity": "event",
            "account_id": ACCOUNT_ID,
            "event": type_,
            "contains": list(entities),
            "payload": {kind: {"entity": entity} for kind, entity in entities.items()},
            "created_at": created_s,
        }
        event = Event(
            gateway=GATEWAY,
            id=self.new_id("evt"),
            type=type_,
            body=orjson.dumps(told),
            created_s=created_s,
        )
        self._webhooks.announce(event)
