"""Razorpay's lists: newest first, by the time things were made, in pages of `count` after `skip`."""

from typing import Any

from bursar.sandbox.fake.razorpay.account import Thing

_PAGING = frozenset({"from", "to", "count", "skip"})


def collection(things: list[Thing]) -> Thing:
    """A list as it is shown."""
    return {"entity": "collection", "count": len(things), "items": things}


def page(things: list[Thing], params: dict[str, Any]) -> list[Thing]:
    """The page that was asked for. `things` are oldest first; what else is asked must match."""
    found = [thing for thing in reversed(things) if _matches(thing, params)]
    return found[params["skip"] : params["skip"] + params["count"]]


def _matches(thing: Thing, params: dict[str, Any]) -> bool:
    made_at = thing["created_at"]
    if not params.get("from", 0) <= made_at <= params.get("to", made_at):
        return False
    return all(thing.get(name) == wanted for name, wanted in params.items() if name not in _PAGING)
