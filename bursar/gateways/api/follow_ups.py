"""What an object that was fetched asks of us in turn, by gateway. Decides nothing about our own books."""

from collections.abc import Callable

from bursar.gateways import strictjson
from bursar.gateways.api.requests import Capture
from bursar.gateways.api.results import Found
from bursar.gateways.paypal.approvals import find_capture
from bursar.gateways.protocol import Document

_FINDERS: dict[str, Callable[[str, Document], Capture | None]] = {"paypal": find_capture}


def find_follow_up(account: str, found: Found) -> Capture | None:
    """The request that the gateway waits for; None for most objects. Raises Unreadable or NotJson."""
    finder = _FINDERS.get(account.partition(":")[0])
    return finder(found.type, strictjson.loads(found.document)) if finder else None
