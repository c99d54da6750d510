"""Wait until a checkout is decided. Reads only: the row is the work, waiting changes nothing."""

import time
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from bursar.errors import Transient
from bursar.rules.states import CheckoutStatus
from models.listening import listen
from models.queries import checkouts
from models.session import transaction

LOOK_S = 2.0
"""Seconds after which who heard nothing looks: a word is lost with the connection it was to come by."""


class NotDecided(Transient):
    """No gateway has answered yet."""


def await_checkout(checkout_id: UUID, within_s: float) -> Row[Any]:
    """The checkout once a gateway has opened, charged or refused it.

    Raises NotDecided when none did within so many seconds, CheckoutUnknown for an id that is none.
    """
    give_up = time.monotonic() + within_s
    with listen(checkouts.CHANNEL) as hear:
        while (found := _get(checkout_id)).status == CheckoutStatus.CREATING:
            left_s = give_up - time.monotonic()
            if left_s <= 0:
                raise NotDecided(
                    f"{found.gateway_account} has not answered within {within_s:g} s; "
                    f"look later: bursar payments status {checkout_id}"
                )
            hear(str(checkout_id), min(left_s, LOOK_S))
    return found


def _get(checkout_id: UUID) -> Row[Any]:
    with transaction() as session:
        return checkouts.get(session, checkout_id)
