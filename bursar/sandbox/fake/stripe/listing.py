"""Stripe's lists: newest first, a page at a time, filtered by what was asked for."""

import operator
from collections.abc import Iterable
from typing import Any

from bursar.sandbox.fake.stripe.account import Thing
from bursar.sandbox.fake.stripe.errors import StripeError, missing

LIMIT_DEFAULT = 10
LIMIT_MAX = 100
"""Objects of one page (docs.stripe.com/api/pagination)."""
_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand"})
_RANGES = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def page(things: Iterable[Thing], params: dict[str, Any], url: str) -> Thing:
    """One page of `things`, which come oldest first. Raises StripeError for a bad limit or cursor."""
    limit = params.get("limit", LIMIT_DEFAULT)
    if not 1 <= limit <= LIMIT_MAX:
        raise StripeError(
            f"This value must be between 1 and {LIMIT_MAX}.", code="parameter_invalid_integer", param="limit"
        )
    found = [thing for thing in things if _matches(thing, params)]
    found.reverse()
    ids = [thing["id"] for thing in found]
    if "ending_before" in params:
        before = found[: _place(ids, params["ending_before"], "ending_before")]
        return _list(before[-limit:], url, more=len(before) > limit)
    start = _place(ids, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
    return _list(found[start : start + limit], url, more=len(found) > start + limit)


def whole(things: list[Thing], url: str) -> Thing:
    """A list inside an object, all of it."""
    return _list(things, url, more=False) | {"total_count": len(things)}


def _list(things: list[Thing], url: str, *, more: bool) -> Thing:
    return {"object": "list", "data": things, "has_more": more, "url": url}


def _place(ids: list[str], id_: str, param: str) -> int:
    if id_ not in ids:
        raise missing("object", id_, param)
    return ids.index(id_)


def _matches(thing: Thing, params: dict[str, Any]) -> bool:
    return all(_agrees(thing.get(name), wanted) for name, wanted in params.items() if name not in _PAGING)


def _agrees(value: Any, wanted: Any) -> bool:
    """A range of times, a value, or the parts of an object."""
    if isinstance(wanted, dict) and set(wanted) <= set(_RANGES):
        return value is not None and all(_RANGES[name](value, limit) for name, limit in wanted.items())
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(
            _agrees(value.get(part), word) for part, word in wanted.items()
        )
    return bool(value == wanted)
