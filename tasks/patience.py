"""How long a call to a gateway is tried again while it certainly was not acted on. No I/O."""

import random
from datetime import timedelta
from typing import NamedTuple

from bursar.rules.calling import Operation


class Patience(NamedTuple):
    """Both must be used up before a call is given up."""

    tries: int
    age: timedelta


SOMEBODY_WAITS = Patience(1, timedelta(0))
"""A person looks at a page: what was sent a few times at once is given to the next gateway."""
TODAY = Patience(8, timedelta(hours=6))
"""Nobody waits, and an outage of a gateway is over by then."""
WHILE_APPROVED = Patience(8, timedelta(hours=3))
"""As long as PayPal, which waits for us, keeps an order that its payer approved (orders/v2, `links`)."""
PATIENCE: dict[Operation, Patience] = {
    Operation.CREATE_CUSTOMER: TODAY,
    Operation.CREATE_CHECKOUT: SOMEBODY_WAITS,
    Operation.EXPIRE_CHECKOUT: TODAY,
    Operation.CREATE_INTENT: SOMEBODY_WAITS,
    Operation.CONFIRM_INTENT: SOMEBODY_WAITS,
    Operation.CHARGE: TODAY,
    Operation.CAPTURE: WHILE_APPROVED,
    Operation.REFUND: TODAY,
    Operation.CREATE_SUBSCRIPTION: SOMEBODY_WAITS,
    Operation.CHANGE_SUBSCRIPTION: TODAY,
    Operation.PAUSE_SUBSCRIPTION: TODAY,
    Operation.RESUME_SUBSCRIPTION: TODAY,
    Operation.CANCEL_SUBSCRIPTION: TODAY,
    Operation.FETCH: Patience(20, timedelta(days=3)),  # as long as gateways themselves redeliver
}
WAITED_FOR = frozenset(each for each, patience in PATIENCE.items() if patience is SOMEBODY_WAITS)
WAIT_FIRST_S = 0.5
WAIT_MAX_S = 3600.0
RETRY_AFTER_MAX_S = 900.0
"""Seconds; a gateway that asks for more is asked again all the same."""


def gives_up(operation: Operation, tries: int, age_s: float) -> bool:
    """Whether a call that was tried so often, for so long, is not tried again."""
    patience = PATIENCE[operation]
    return tries >= patience.tries and age_s >= patience.age.total_seconds()


def wait_s(tries: int, retry_after_s: float | None) -> float:
    """Seconds until the next try: doubling with jitter, and never sooner than the gateway asked."""
    doubled = min(WAIT_FIRST_S * 2.0 ** min(tries - 1, 20), WAIT_MAX_S)
    asked = min(retry_after_s or 0.0, RETRY_AFTER_MAX_S)
    return max(asked, doubled * (0.5 + random.random()))  # noqa: S311 - spreads load, guards nothing
