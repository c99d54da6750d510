"""Wait until a checkout is decided. Changes nothing: who waits looks, and wakes who makes the calls."""

import time
from typing import Any
from uuid import UUID

from bursar.errors import Transient
from bursar.rules.states import CheckoutStatus
from models.listening import listen
from models.queries import checkouts
from models.session import reading
from workers.publish import wake_by_name

LOOK_S = 2.0
"""Seconds after which who heard nothing looks: a word is lost with the connection it was to come by.

He wakes a worker as well: a call that was put off for less than the time between two sweeps is due by then.
"""


class NotDecided(Transient):
    """No gateway has answered yet."""


def await_checkout(checkout_id: UUID, within_s: float) -> Any:
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
            if not hear(str(checkout_id), min(left_s, LOOK_S)):
                wake_by_name("payments.create_checkout")
    return found


def _get(checkout_id: UUID) -> Any:
    with reading() as session:
        return checkouts.get(session, checkout_id)
