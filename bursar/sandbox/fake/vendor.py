"""What the core needs of a gateway to play it: `stripe/`, `razorpay/` and `paypal/` each bring one Vendor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Protocol

from bursar.errors import Refused


class NoSuchThing(Refused):
    """A script names an object or a control that is not there."""


class Trouble(Enum):
    """What every gateway has an answer of its own for."""

    RATE_LIMITED = auto()
    SERVER_ERROR = auto()
    KEY_OF_OTHER_PARAMETERS = auto()
    KEY_IN_FLIGHT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a gateway's API."""

    method: str
    path: str
    """Without the vendor's prefix, without the query."""
    query: str
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    kept: bool = True
    """Whether the gateway keeps it under the request's idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A bank's no, by scripted fault. Words are the vendor's own."""

    code: str
    advice: str | None = None


class Choice(StrEnum):
    """What a payer may do on the hosted page."""

    PAY = "pay"
    DECLINE = "decline"
    PAY_LATER = "pay-later"
    """Through a bank that answers in days: accepted now, paid or failed later."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the hosted page shows of one checkout."""

    checkout: str
    amount: str
    """For a reader, with its currency."""
    lines: tuple[tuple[str, str], ...]
    """What is bought and what each costs."""
    open: bool
    notice: str = ""
    """Why it cannot be paid, or what went wrong the last time."""


class Vendor(Protocol):
    """One gateway, played. The core calls it under one lock: nothing in it waits."""

    name: str
    """Its prefix in URLs, its part of a fault's operation, its name in the book."""

    replayed: Mapping[str, str]
    """Headers that say an answer was kept under its key and is given again."""

    @property
    def controls(self) -> Mapping[str, Callable[..., object]]:
        """What a script may do that no API call does. Keyword arguments, JSON results."""
        ...

    def operation(self, call: Call) -> str | None:
        """The call's name, like `refunds.create`; None for a path that is not there."""
        ...

    def idempotency_key(self, call: Call) -> str | None:
        """The key the request brings, where it does."""
        ...

    def act(self, call: Call, decline: Decline | None) -> Answer:
        """Do it and answer. `decline`: the next attempt to take money is refused like this."""
        ...

    def trouble(self, trouble: Trouble) -> Answer:
        """The vendor's words for it."""
        ...

    def catch_up(self) -> None:
        """Do what time alone does: expire a checkout, settle a transfer."""
        ...

    def sign(self, body: bytes, now_s: int) -> Mapping[str, str]:
        """The headers of a delivery that is made now."""
        ...

    def find_offer(self, checkout: str) -> Offer | None:
        """What the hosted page shows, if the checkout is this gateway's."""
        ...

    def choose(self, checkout: str, choice: Choice) -> str:
        """What the payer decided; returns where the browser goes. Raises NoSuchThing."""
        ...
