"""Razorpay's lists, page by page (`count` and `skip`), newest first as it sends them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier

PAGE = 100
"""Entities in one answer: the most that Razorpay gives."""
PAGES_MAX = 500
"""Pages of one list, 50,000 entities: a longer one is asked for in narrower spans of time."""
CLOCKS_APART = timedelta(minutes=5)
"""How far Razorpay's clock may be from ours."""


def entities(
    client: Client,
    listing: Callable[..., Any],
    *args: str,
    query: Mapping[str, str | int] | None = None,
) -> Iterator[Entity]:
    """All of a list. What is made meanwhile moves the rest down a page: it is given once all the same.

    Raises GatewayAway where a list does not end.
    """
    seen: set[str | None] = set()
    for page in range(PAGES_MAX):
        answer = client.call(listing, *args, {**(query or {}), "count": PAGE, "skip": page * PAGE})
        found = objects_in(answer.get("items"))
        for each in found:
            id_ = find_identifier(each.get("id"))
            if id_ is None or id_ not in seen:
                seen.add(id_)
                yield each
        if len(found) < PAGE:
            return
    message = f"a list of Razorpay's has more than {PAGES_MAX * PAGE} entities: ask for a shorter time"
    raise GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=message))


def whole(client: Client, listing: Callable[..., Any], *args: Any, items: str = "items") -> list[Entity]:
    """A list that has no pages: what belongs to one order, customer or reference."""
    return objects_in(client.call(listing, *args).get(items))


def objects_in(items: object) -> list[Entity]:
    """The entities of a list, and nothing where it is none."""
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def since(moment: datetime) -> int:
    """Unix seconds from which to look for what was made at that moment."""
    return int((moment - CLOCKS_APART).timestamp())
