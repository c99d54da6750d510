"""All fake gateways together: one clock, one book, one script of faults, one post office, one lock."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from bursar.errors import Refused, invariant
from bursar.sandbox.fake.book import Book
from bursar.sandbox.fake.clock import FakeClock
from bursar.sandbox.fake.faults import Faults
from bursar.sandbox.fake.keys import Keys
from bursar.sandbox.fake.vendor import NoSuchThing, Vendor
from bursar.sandbox.fake.webhooks import Plan, Webhooks


@dataclass(frozen=True, slots=True)
class Ground:
    """What a vendor is built on."""

    clock: FakeClock
    book: Book
    webhooks: Webhooks
    page_url: Callable[[str], str]
    """Where the payer of a checkout goes."""
    stem: str
    """Part of every id: two servers never give the same one."""


MakeVendor = Callable[[Ground], Vendor]


@dataclass(slots=True)
class FakeGateways:
    """The world of one fake server. Everything that touches a vendor holds `lock`."""

    clock: FakeClock
    book: Book
    faults: Faults
    webhooks: Webhooks
    lock: RLock
    vendors: dict[str, Vendor] = field(default_factory=dict)
    keys: dict[str, Keys] = field(default_factory=dict)
    url: str = ""
    """Where the server listens; known once it does."""

    @classmethod
    def build(
        cls,
        makers: Mapping[str, MakeVendor],
        *,
        clock: FakeClock | None = None,
        plan: Plan | None = None,
        seed: int = 0,
        stem: str = "fake",
    ) -> "FakeGateways":
        """Gateways by name, on common ground."""
        clock, lock = clock or FakeClock(), RLock()
        world = cls(clock, Book(), Faults(seed), Webhooks(clock, plan or Plan(seed=seed), lock), lock)
        ground = Ground(clock, world.book, world.webhooks, world.page_url, stem)
        for name, make in makers.items():
            vendor = make(ground)
            invariant(vendor.name == name, "a vendor is registered under its own name", name=name)
            world.vendors[name] = vendor
            world.keys[name] = Keys(clock)
        return world

    def page_url(self, checkout: str) -> str:
        """The hosted page of a checkout."""
        return f"{self.url}/pay/{checkout}"

    def base_url(self, vendor: str) -> str:
        """What an SDK takes as the address of this gateway's API."""
        return f"{self.url}/{vendor}"

    def subscribe(self, webhooks_url: str) -> None:
        """Deliver every gateway's events to `{webhooks_url}/{gateway}`: the receiver's `/webhooks`."""
        for name, vendor in self.vendors.items():
            self.webhooks.subscribe(name, f"{webhooks_url.rstrip('/')}/{name}", vendor.sign)

    def control(self, vendor: str, name: str, **arguments: Any) -> object:
        """Let a script do what no API call does. Raises NoSuchThing, Refused."""
        played = self.vendors.get(vendor)
        control = played.controls.get(name) if played else None
        if played is None or control is None:
            known = (f"{each.name}/{name}" for each in self.vendors.values() for name in each.controls)
            raise NoSuchThing(f"no such control; there are {', '.join(known)}")
        signature = inspect.signature(control)
        try:
            signature.bind(**arguments)
        except TypeError as error:
            raise Refused(f"{error}; {name} takes {signature}") from None
        with self.lock:
            played.catch_up()
            return control(**arguments)

    def advance(self, seconds: float) -> None:
        """Move the clock ahead and let happen what was due. Raises Refused for a step that cannot be."""
        self.clock.advance(seconds)
        self.catch_up()

    def catch_up(self) -> None:
        """Let every vendor do what time alone does."""
        with self.lock:
            for vendor in self.vendors.values():
                vendor.catch_up()
