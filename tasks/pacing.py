"""How fast mails go to one domain: many at once look like spam there, and are put off or refused."""

from functools import partial

from bursar.errors import Transient
from bursar.gateways.health.buckets import a_minute, draw
from bursar.gateways.health.connection import shared_redis
from bursar.settings import Settings

_MS_PER_S = 1000


class TooFast(Transient):
    """The reader's domain has had its share of mails for now. Nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"wait {wait_s:g} s")


def pace(settings: Settings, address: str) -> None:
    """Before a mail to an address. Raises TooFast; while Redis is away everything may go."""
    domain = address.rpartition("@")[2].lower()
    draws = partial(draw, name=f"mails:{domain}", rate=a_minute(settings.mails_per_domain_per_min))
    wait_ms = shared_redis(settings).ask(draws, 0)
    if wait_ms:
        raise TooFast(wait_ms / _MS_PER_S)
