"""One Stripe event, as its reader sees it, and the small questions all readers ask of an object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bursar.gateways.protocol import Ignored, Reading, Unreadable

AT = "data.object"
"""Where an event keeps its object; every reason given to an operator begins here."""
NO_MONEY = Ignored(reason="no money")

_State = TypeVar("_State")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened to which object, and what that object was before."""

    type: str
    thing: dict[str, Any]
    """`data.object`, a snapshot taken when the event was made."""
    previous: dict[str, Any]
    """`data.previous_attributes`: only the fields that changed, and only where Stripe sends it."""
    occurred_at: datetime | None


Reader = Callable[[News], Reading]


def expect_word(thing: dict[str, Any], field: str, words: frozenset[str]) -> None:
    """Refuse an object that contradicts its event's type: a person must look at it."""
    word = thing.get(field)
    if not isinstance(word, str) or word not in words:
        raise Unreadable(f"{AT}.{field} is not what this type of event promises")


def state_of(thing: dict[str, Any], words: Mapping[str, _State], what: str, path: str = AT) -> _State:
    """Our state for the object's `status`. Raises Unreadable: a person judges a new word of Stripe's."""
    word = thing.get("status")
    state = words.get(word) if isinstance(word, str) else None
    if state is None:
        raise Unreadable(f"{path}.status is not {what} status")
    return state


def entries(value: object) -> list[Any]:
    """What a list holds: Stripe writes `{"data": [...]}`, and in a few places a bare array."""
    listed = value.get("data") if isinstance(value, dict) else value
    return listed if isinstance(listed, list) else []


def is_zero(amount: object) -> bool:
    """Exactly the integer 0: a set-up without a charge. Anything else odd is refused by `iso_amount`."""
    return type(amount) is int and amount == 0
