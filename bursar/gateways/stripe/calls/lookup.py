"""Finding what a call made, when its answer was lost and its key means nothing any more.

Lists show at once what exists; search does not (docs.stripe.com/search), so it proves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bursar.gateways.shapes import find_object
from bursar.gateways.stripe.calls.answers import Answered, read_each
from bursar.gateways.stripe.claims import CALL

KEY_KEPT = timedelta(hours=23)
"""How long a key still means the first call. Stripe promises 24 hours (api/idempotent_requests); an hour is
left for clocks that differ and for a repetition that is slow to arrive."""
ENDS_WITHIN = timedelta(minutes=10)
"""How long after it was sent a request may still be acted on, and how far Stripe's clock may be from ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What to look for: the object that carries this key."""

    key: str
    sent_at: datetime
    """When the call was first sent, UTC."""

    @property
    def since_s(self) -> int:
        """The earliest time at which the object can have been made, in Unix seconds."""
        return int((self.sent_at - ENDS_WITHIN).timestamp())

    @property
    def until_s(self) -> int:
        """The latest: a repetition under the key may have made it, too."""
        return int((self.sent_at + KEY_KEPT + ENDS_WITHIN).timestamp())

    def marks(self, thing: dict[str, Any]) -> bool:
        """Whether the object was made by this call."""
        return find_object(thing.get("metadata")).get(CALL) == self.key


def find_made(send: Callable[[], Any], lookup: Lookup) -> Answered | None:
    """The one object of a list that the call made. Raises GatewayAway when it cannot be read to its end."""
    return next((each for each in read_each(send) if lookup.marks(each.thing)), None)
